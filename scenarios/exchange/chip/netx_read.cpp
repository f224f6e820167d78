#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>
#include <retrograde/scenarios/exchange/chip/netx_values.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace {

// What lava-dl writes for the threshold of an output that is not to fire. v saturates below
// (vth_limit + 1) << 6, so nothing above vth_limit is reached in Lava either.
constexpr std::int32_t never_reached = (1 << 18) - 1;

using namespace loihi2;
using Neuron = loihi2::CubaLif;
using netx::as_chip_file;
using netx::size_of;

class NetxReader {
 public:
  NetxReader(std::span<const std::uint8_t> bytes, const std::string& file,
             const NetxReading& reading)
      : reading_(reading), limits_(reading.limits), values_(bytes, file, limits_) {}

  NetxNetwork run() {
    const std::uint32_t layers = count_layers();
    result_.chip.step = reading_.step;
    if (values_.in().has("/retrograde/dt_ms")) {
      result_.chip.step = values_.number("/retrograde/dt_ms", 0.0, 1e12);
      result_.says_step = true;
    }
    for (std::uint32_t k = 0; k < layers; ++k) read_layer(k);
    if (result_.chip.projections.empty())
      values_.fail("/layer", "it has no layer of neurons; add one, or choose other layers");
    try {
      check(result_.chip);
    } catch (const Error& error) {
      values_.fail("/layer", error.what());
    }
    result_.warnings = std::move(values_.warnings);
    return std::move(result_);
  }

 private:
  void want_synapses(const std::string& path, std::uint64_t count) {
    synapses_ += count;
    if (count > limits_.synapses || synapses_ > limits_.synapses)
      throw LimitError(
          "synapses", static_cast<double>(limits_.synapses), static_cast<double>(synapses_),
          fmt::format("{}: with this layer the network has {} synapses, and at most {} "
                      "are read; leave layers out (skip_layers, num_layers)",
                      path, synapses_, limits_.synapses));
  }

  // --- layers ---

  std::uint32_t count_layers() const {
    const std::vector<std::string> names = values_.in().members("/layer");
    if (names.empty()) values_.fail("/layer", "it is empty; a network has layers 0, 1, ...");
    for (std::size_t k = 0; k < names.size(); ++k)
      if (!values_.in().is_group(fmt::format("/layer/{}", k)))
        values_.fail(
            fmt::format("/layer/{}", k),
            fmt::format("it is missing, and /layer has {} members; layers are called 0, 1, ... "
                        "without gaps",
                        names.size()));
    return static_cast<std::uint32_t>(std::min<std::size_t>(names.size(), reading_.num_layers));
  }

  void read_layer(std::uint32_t k) {
    const std::string layer = fmt::format("/layer/{}", k);
    const std::string type = values_.in().text(layer + "/type");
    const bool wanted = k >= reading_.skip_layers;
    if (type == "input") {
      if (k > 0) values_.fail(layer + "/type", "an input among the layers; it has to be /layer/0");
      has_input_ = true;
      shape_ = values_.shape(layer + "/shape");
      if (values_.in().has(layer + "/neuron") && wanted) {
        ++resets_;
        values_.warnings.push_back(fmt::format(
            "{}: its neurons make spikes of analogue values in lava-dl; here its spikes are the "
            "input, give those",
            layer));
      }
    } else if (type == "flatten") {
      if (!shape_.empty()) shape_ = {size_of(shape_)};  // C order already
    } else if (type == "dense" || type == "dense_rec") {
      const auto shape = values_.shape(layer + "/shape");
      if (wanted)
        read_dense(k, layer, static_cast<std::uint32_t>(size_of(shape)), type == "dense_rec");
      shape_ = shape;
    } else if (type == "conv") {
      const auto shape = values_.shape(layer + "/shape");
      if (wanted) read_conv(k, layer, shape);
      shape_ = shape;
    } else {
      values_.fail(
          layer + "/type",
          fmt::format("a layer of type \"{}\"; read are input, flatten, dense, dense_rec and conv: "
                      "unroll it into a dense layer, or {}",
                      type, as_chip_file));
    }
  }

  std::string name_of(std::uint32_t k) const {
    const std::string path = fmt::format("/retrograde/layer/{}/name", k);
    if (values_.in().has(path)) return values_.in().text(path);
    // Files without a layer for their input count from the first one behind it.
    return fmt::format("layer_{}", has_input_ ? k : k + 1);
  }

  // The population whose spikes reach layer k, of `columns` neurons.
  std::uint32_t source_of(std::uint32_t k, const std::string& path, std::uint64_t columns) {
    if (shape_.empty()) shape_ = {columns};
    if (size_of(shape_) != columns)
      values_.fail(path, fmt::format("it takes {} signals, and the layer before has {} neurons",
                                     columns, size_of(shape_)));
    if (result_.chip.populations.empty()) {
      const bool named = k > 0 && values_.in().has(fmt::format("/retrograde/layer/{}/name", k - 1));
      ChipPopulation& input =
          add_population(named ? name_of(k - 1) : "input", ChipModel::input, columns);
      result_.chip.neurons.resize(input.size);
    }
    return static_cast<std::uint32_t>(result_.chip.populations.size() - 1);
  }

  ChipPopulation& add_population(std::string name, ChipModel model, std::uint64_t size) {
    ChipNetwork& chip = result_.chip;
    ChipPopulation p;
    p.name = std::move(name);
    p.model = model;
    p.first = static_cast<NeuronId>(chip.neurons.size());
    p.size = static_cast<std::uint32_t>(size);
    if (chip.neurons.size() + size > limits_.neurons ||
        chip.populations.size() >= limits_.populations)
      throw LimitError("neurons", limits_.neurons, static_cast<double>(chip.neurons.size() + size),
                       fmt::format("{}: with this layer there are more than {} neurons, or more "
                                   "than {} layers",
                                   p.name, limits_.neurons, limits_.populations));
    chip.populations.push_back(std::move(p));
    return chip.populations.back();
  }

  // --- neurons ---

  // `channels`: how many groups of neighbours a bias may have one value for. Returns the
  // population.
  std::uint32_t read_neurons(std::uint32_t k, const std::string& layer, std::uint32_t size,
                             std::uint64_t channels) {
    const std::string own = fmt::format("/retrograde/layer/{}", k), group = layer + "/neuron";
    std::string name = name_of(k);
    std::vector<Neuron> neurons(size);
    ChipModel model = ChipModel::cuba_lif;
    if (!values_.in().has(group)) {
      model = ChipModel::cuba_li;
      neurons.assign(size, {.du = 4095, .dv = 0});
      if (values_.in().has(layer + "/bias"))
        values_.fail(
            layer + "/bias",
            "the layer has no neuron group, so lava-dl adds the bias to v without keeping it, "
            "which no neuron of the chip does; add a neuron group");
      values_.warnings.push_back(fmt::format(
          "{}: it has no neuron group and integrates what arrives; u is the input of a step here, "
          "and lava-dl keeps the sum in u, too",
          layer));
    } else {
      read_cuba(group, neurons);
      const bool never_fires = std::all_of(neurons.begin(), neurons.end(),
                                           [](const Neuron& n) { return n.vth > vth_limit; });
      if (never_fires || (values_.in().has(own + "/model") &&
                          values_.in().text(own + "/model") == loihi2::name(ChipModel::cuba_li))) {
        model = ChipModel::cuba_li;
        for (Neuron& n : neurons) n.vth = Neuron{}.vth;
      }
    }
    if (values_.in().has(layer + "/bias")) {
      const auto bias = values_.per_neuron(layer + "/bias", size, channels, bias_mantissa_min,
                                           bias_mantissa_max, "a mantissa with exponent 6");
      for (std::uint32_t n = 0; n < size; ++n) {
        neurons[n].bias_mantissa = bias[n];
        neurons[n].bias_exponent = bias[n] == 0 ? 0 : state_shift;
      }
    }
    values_.tell_unknown(
        layer, {"type", "shape", "weight", "weight_rec", "delay", "delay_rec", "bias", "neuron",
                "stride", "padding", "dilation", "groups", "inFeatures", "outFeatures",
                "inChannels", "outChannels", "kernelSize"});

    ChipPopulation& p = add_population(std::move(name), model, size);
    if (values_.in().has(own + "/lag"))
      p.lag = static_cast<std::uint32_t>(values_.per_neuron(own + "/lag", 1, 1, 0, 1 << 24,
                                                            "steps that the layer begins late")[0]);
    if (values_.in().has(own + "/scale")) p.scales = values_.in().numbers(own + "/scale").values;
    p.reset_interval = reading_.reset_interval;
    p.reset_offset = reading_.reset_interval > 0 ? reading_.reset_offset + 1 + resets_ : 0;
    ++resets_;
    result_.chip.neurons.insert(result_.chip.neurons.end(), neurons.begin(), neurons.end());
    return static_cast<std::uint32_t>(result_.chip.populations.size() - 1);
  }

  void read_cuba(const std::string& group, std::vector<Neuron>& neurons) {
    const auto size = static_cast<std::uint32_t>(neurons.size());
    const std::string type = values_.in().text(group + "/type");
    if (type != "CUBA" && type != "LOIHI")
      values_.fail(
          group + "/type",
          fmt::format("neurons of type \"{}\"; read are CUBA and LOIHI: {}", type, as_chip_file));
    if (values_.is_true(group + "/gradedSpike"))
      values_.fail(group + "/gradedSpike",
                   fmt::format("its spikes carry payloads, and netX layers are read without; {}",
                               as_chip_file));
    const auto i_decay =
        values_.per_neuron(group + "/iDecay", size, size, 1, decay_one, "the decay of u in 4096");
    const auto v_decay = values_.per_neuron(group + "/vDecay", size, size, 0, decay_one - 1,
                                            "the decay of v in 4096");
    const auto threshold = values_.per_neuron(group + "/vThMant", size, size, 1, never_reached,
                                              "the 17 bits of a threshold");
    const auto reached = static_cast<std::size_t>(
        std::count_if(threshold.begin(), threshold.end(), [](auto t) { return t <= vth_limit; }));
    if (reached > 0 && reached < threshold.size())
      values_.fail(group + "/vThMant",
                   fmt::format("some thresholds are above {}, which v cannot reach, and others are "
                               "not; a layer fires or is read out, make two of it",
                               vth_limit));
    std::vector<std::int32_t> refractory(size, 1);
    if (values_.in().has(group + "/refDelay"))
      refractory = values_.per_neuron(group + "/refDelay", size, size, 0, refractory_delay_limit,
                                      "the 6 bits of a refractory delay in steps");
    for (std::uint32_t n = 0; n < size; ++n)
      neurons[n] = {.du = i_decay[n] - 1,
                    .dv = v_decay[n],
                    .vth = threshold[n],
                    .refractory_delay = std::max(refractory[n], 1)};  // mlGeNN writes 0 for none
    if (const auto longest = *std::max_element(refractory.begin(), refractory.end()); longest > 1)
      values_.warnings.push_back(fmt::format(
          "{}/refDelay: the refractory delay of {} steps is taken; public lava-dl ignores it",
          group, longest));
    values_.tell_unknown(group, {"type", "gradedSpike", "iDecay", "vDecay", "vThMant", "refDelay",
                                 "scaleRho", "tauRho", "theta", "wgtExp"});
    if (values_.in().has(group + "/wgtExp") && values_.is_true(group + "/wgtExp"))
      values_.warnings.push_back(
          fmt::format("{}/wgtExp: it is not 0, and ignored, as lava-dl does", group));
  }

  // --- synapses ---

  void add_projection(std::uint32_t source, std::uint32_t target, WeightFormat format,
                      std::vector<ChipSynapse> synapses) {
    ChipNetwork& chip = result_.chip;
    ChipProjection p;
    p.name = fmt::format("{}->{}", chip.populations[source].name, chip.populations[target].name);
    p.source = source;
    p.target = target;
    p.format = format;
    p.synapses = std::move(synapses);
    chip.projections.push_back(std::move(p));
  }

  // A matrix onto `rows` neurons; `array` as it is in the file.
  void add_matrix(const std::string& path, const std::string& delay_path,
                  const hdf5::Array<std::int32_t>& array, std::uint64_t rows, std::uint64_t columns,
                  std::uint32_t source, std::uint32_t target) {
    want_synapses(path, rows * columns);
    const netx::Delays delays = values_.delays(delay_path, rows, columns);
    WeightFormat format;
    const std::vector<std::int32_t> weights = values_.stored(path, array.values, format);
    std::vector<ChipSynapse> synapses;
    synapses.reserve(weights.size());
    for (std::uint32_t t = 0; t < rows; ++t)
      for (std::uint32_t s = 0; s < columns; ++s)
        synapses.push_back(
            {s, t, static_cast<std::int16_t>(weights[t * columns + s]), delays.at(t, s)});
    add_projection(source, target, format, std::move(synapses));
  }

  void read_dense(std::uint32_t k, const std::string& layer, std::uint32_t size, bool recurrent) {
    const std::string path = layer + "/weight";
    const auto array = values_.weights(path);
    const std::uint64_t count = array.values.size(), columns = count / size;
    // (targets, sources), perhaps with axes of 1 behind, or all in one row.
    const bool whole =
        count > 0 && columns * size == count && (array.shape.size() == 1 || array.shape[0] == size);
    if (!whole)
      values_.fail(
          path, fmt::format("its shape is ({}), and the layer has {} neurons; give ({}, sources)",
                            fmt::join(array.shape, ", "), size, size));
    const std::uint32_t source = source_of(k, path, columns);
    const std::uint32_t target = read_neurons(k, layer, size, size);
    add_matrix(path, layer + "/delay", array, size, columns, source, target);
    if (!recurrent) return;
    const std::string own = layer + "/weight_rec";
    const auto loop = values_.weights(own);
    if (loop.values.size() != std::uint64_t{size} * size)
      values_.fail(own,
                   fmt::format("its shape is ({}), and the layer has {} neurons; give ({}, {})",
                               fmt::join(loop.shape, ", "), size, size, size));
    add_matrix(own, layer + "/delay_rec", loop, size, size, target, target);
  }

  void read_conv(std::uint32_t k, const std::string& layer,
                 const std::vector<std::uint64_t>& shape) {
    if (shape_.size() != 3)
      values_.fail(layer,
                   fmt::format("the layer before it has the shape ({}); a convolution needs "
                               "(channels, height, width), in the file or by a layer of type input",
                               fmt::join(shape_, ", ")));
    if (shape.size() != 3)
      values_.fail(layer + "/shape",
                   fmt::format("({}); give (channels, height, width)", fmt::join(shape, ", ")));
    const std::string path = layer + "/weight";
    const auto kernel = values_.weights(path);
    Convolution conv;
    conv.in = {shape_[0], shape_[1], shape_[2]};
    conv.out = {shape[0], shape[1], shape[2]};
    conv.stride = values_.pair(layer + "/stride", 1);
    conv.padding = values_.pair(layer + "/padding", 0);
    conv.dilation = values_.pair(layer + "/dilation", 1);
    conv.groups = values_.pair(layer + "/groups", 1)[0];
    if (conv.in.channels % conv.groups != 0 || conv.out.channels % conv.groups != 0)
      values_.fail(layer + "/groups",
                   fmt::format("{} groups do not divide {} channels into {}", conv.groups,
                               conv.in.channels, conv.out.channels));
    const std::size_t rank = kernel.shape.size();
    if (!(rank == 4 || (rank == 5 && kernel.shape[4] == 1)) ||
        kernel.shape[0] != conv.out.channels || kernel.shape[1] != conv.in.channels / conv.groups ||
        kernel.values.empty())
      values_.fail(path, fmt::format("its shape is ({}); give ({}, {}, height, width)",
                                     fmt::join(kernel.shape, ", "), conv.out.channels,
                                     conv.in.channels / conv.groups));
    conv.kernel = {kernel.shape[2], kernel.shape[3]};
    if (conv.extent(0) != conv.out.height || conv.extent(1) != conv.out.width)
      values_.fail(
          layer + "/shape",
          fmt::format("({}); this kernel, stride, padding and dilation make ({}, {}, {}) of ({})",
                      fmt::join(shape, ", "), shape[0], conv.extent(0), conv.extent(1),
                      fmt::join(shape_, ", ")));
    want_synapses(path, conv.products());
    const std::uint32_t source = source_of(k, path, conv.in.size());
    const std::uint32_t target =
        read_neurons(k, layer, static_cast<std::uint32_t>(conv.out.size()), conv.out.channels);
    WeightFormat format;
    for (const std::int32_t weight : values_.stored(path, kernel.values, format))
      conv.weights.push_back(static_cast<std::int16_t>(weight));
    if (values_.in().has(layer + "/delay")) read_delays(layer + "/delay", conv);
    add_projection(source, target, format, {});
    result_.chip.projections.back().convolution = std::move(conv);
  }

  void read_delays(const std::string& path, Convolution& conv) {
    const auto delays = values_.per_neuron(path, static_cast<std::uint32_t>(conv.out.size()),
                                           conv.out.channels, 0, deployable_delay_limit, "steps");
    const std::uint64_t places = conv.out.height * conv.out.width;
    conv.delays.clear();
    for (std::uint64_t n = 0; n < delays.size(); ++n) {
      if (n % places == 0) conv.delays.push_back(static_cast<std::uint8_t>(delays[n]));
      if (conv.delays.back() != delays[n])
        values_.fail(path, fmt::format("it differs within channel {}; a convolution has one delay, "
                                       "or one for each of its {} channels",
                                       n / places, conv.out.channels));
    }
    values_.warnings.push_back(
        fmt::format("{}: delays of a convolution are taken; public lava-dl ignores them", path));
  }

  NetxReading reading_;
  ScenarioLimits limits_;
  netx::Values values_;
  NetxNetwork result_;
  std::vector<std::uint64_t> shape_;  // of the signal that reaches the next layer; empty: unknown
  std::uint64_t synapses_ = 0;
  std::uint32_t resets_ = 0;  // layers so far that a reset reaches
  bool has_input_ = false;
};

}  // namespace

NetxNetwork read_netx(std::span<const std::uint8_t> bytes, const std::string& file,
                      const NetxReading& reading) {
  return NetxReader(bytes, file, reading).run();
}

}  // namespace retrograde
