#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/bounds.hpp>
#include <retrograde/scenarios/exchange/netx.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using namespace loihi2;
using Neuron = loihi2::CubaLif;  // the engine has a CubaLif too

// Of readouts, which must not fire: 2^16, as the published deployments have it.
constexpr std::int32_t readout_threshold = 65536;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw NetworkError(where, why + "; `--format lava` writes such networks");
}

// A layer and the projections that reach it; null: none.
struct Layer {
  std::uint32_t population = 0;
  const ChipProjection* forward = nullptr;
  const ChipProjection* recurrent = nullptr;
};

std::vector<Layer> chain_of(const ChipNetwork& chip) {
  std::vector<std::uint32_t> inputs;
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    if (population.model == ChipModel::input)
      inputs.push_back(p);
    else if (population.model != ChipModel::cuba_lif && population.model != ChipModel::cuba_li)
      refuse(population.name, fmt::format("netX layers are of cuba_lif and cuba_li, and it is {}",
                                          name(population.model)));
  }
  if (inputs.size() != 1)
    refuse("network", fmt::format("a netX file has one input, and here are {}", inputs.size()));
  std::vector<Layer> layers = {{inputs[0]}};
  for (std::size_t k = 0; k < layers.size(); ++k) {
    Layer& layer = layers[k];
    const ChipProjection* next = nullptr;
    for (const ChipProjection& p : chip.projections) {
      const auto one = [&](const ChipProjection*& place, const char* what) {
        if (place)
          refuse(p.name,
                 fmt::format("{} has {} as well, and a netX layer has one", place->name, what));
        place = &p;
      };
      if (p.source != layer.population) continue;
      if (p.target == layer.population)
        one(layer.recurrent, "the recurrent synapses");
      else
        one(next, "the synapses to the next layer");
    }
    if (!next) break;
    for (const Layer& before : layers)
      if (before.population == next->target)
        refuse(next->name, "it leads back to an earlier layer, and netX layers are a chain");
    layers.push_back({next->target, next});
  }
  for (const ChipProjection& p : chip.projections) {
    const bool used = std::any_of(layers.begin(), layers.end(), [&](const Layer& l) {
      return l.forward == &p || l.recurrent == &p;
    });
    if (!used) refuse(p.name, "it is not part of a chain of layers, which is all that netX has");
  }
  if (layers.size() != chip.populations.size())
    refuse("network", "a population is not part of the chain of layers from the input");
  if (layers.size() < 2) refuse("network", "nothing is connected to its input");
  return layers;
}

using Matrix = std::vector<std::int32_t>;  // row-major, (targets, sources)

struct Synapses {
  Matrix weights, delays;
  bool delayed = false;
};

Synapses matrices_of(const ChipNetwork& chip, const ChipProjection& p) {
  const std::size_t columns = chip.populations[p.source].size,
                    size = columns * chip.populations[p.target].size;
  require_matrix(p);
  Synapses result{Matrix(size, 0), Matrix(size, 0), false};
  if (p.message_bits > 0 || p.port > 0)
    refuse(p.name, "it carries payloads, and netX has spikes without");
  for (std::size_t k = 0; k < p.synapses.size(); ++k) {
    const ChipSynapse& s = p.synapses[k];
    const double weight = p.weight_units(k);
    if (weight != std::floor(weight))
      refuse(p.name, fmt::format("weight {} of synapse ({}, {}) is no integer", weight, s.target,
                                 s.source));
    if (s.delay > deployable_delay_limit)
      refuse(p.name, fmt::format("a delay is {} steps, and netX ends at {}", s.delay,
                                 deployable_delay_limit));
    const std::size_t at = s.target * columns + s.source;
    result.weights[at] = static_cast<std::int32_t>(weight);
    result.delays[at] = s.delay;
    result.delayed |= s.delay > 0;
  }
  return result;
}

// What the public reader makes of all weights of a layer: it shifts them up by `shift` and lets the
// exponent undo it (optimize_weight_bits of lava-dl 0.6.0).
struct ReaderFormat {
  int bits = 8, shift = 0;
};

std::optional<ReaderFormat> reader_format(const Matrix& a, const Matrix& b) {
  std::int32_t low = a[0], high = a[0], together = 0;
  for (const Matrix* m : {&a, &b})
    for (const std::int32_t w : *m) {
      low = std::min(low, w);
      high = std::max(high, w);
      together |= std::abs(w);
    }
  if (low == 0 && high == 0) return std::nullopt;
  if ((high > 254 && low < 0) || (low < -256 && high > 0)) return std::nullopt;  // it clips
  const bool mixed = high >= 0 && low < 0;
  double scale;
  if (mixed)
    scale = std::min(high > 0 ? 127.0 / high : HUGE_VAL, -128.0 / low);
  else
    scale = high < 0 ? -256.0 / low : 255.0 / high;
  const int shift = static_cast<int>(std::floor(std::log2(scale))) + mixed;
  if (shift < 0) return std::nullopt;
  int zeros = 0;  // low bits that no weight has
  while (zeros < 8 && (together & ((2 << zeros) - 1)) == 0) ++zeros;
  return ReaderFormat{8 - shift - (zeros - mixed), shift};
}

// Whether Lava adds exactly these integers when it is given them in that format.
std::optional<std::int32_t> changed_weight(const Matrix& weights, const ReaderFormat& reader) {
  Matrix shifted = weights;
  for (std::int32_t& w : shifted) w *= 1 << reader.shift;
  const WeightFormat format{sign_mode_of(shifted), reader.bits, -reader.shift};
  for (std::size_t k = 0; k < weights.size(); ++k)
    if (stored_weight(shifted[k], format) != shifted[k]) return weights[k];
  return std::nullopt;
}

class NetxWriter {
 public:
  explicit NetxWriter(const Deployed& deployed)
      : deployed_(deployed), chip_(deployed.chip), layers_(chain_of(chip_)) {}

  NetxFile run() {
    check(chip_);
    write_input();
    for (std::size_t k = 1; k < layers_.size(); ++k) write_layer(k);
    write_metadata();
    return {out_.bytes(), std::move(warnings_)};
  }

 private:
  void write_head(const std::string& layer, const char* type, std::uint32_t size) {
    out_.fixed_text(layer + "/type", type, 10);
    const std::int64_t shape = size;
    out_.numbers(layer + "/shape", {&shape, 1}, {1});
  }

  void write_input() { write_head("/layer/0", "input", population(layers_[0]).size); }

  const ChipPopulation& population(const Layer& layer) const {
    return chip_.populations[layer.population];
  }

  // As float32, as the published files have weights; integers of this size are exact in it.
  void write_weights(const std::string& path, const Matrix& weights, const hdf5::Shape& shape) {
    out_.numbers(path, std::vector<float>(weights.begin(), weights.end()), shape);
  }

  void write_layer(std::size_t index) {
    const Layer& layer = layers_[index];
    const ChipPopulation& p = population(layer);
    const std::string path = fmt::format("/layer/{}", index);
    write_head(path, layer.recurrent ? "dense_rec" : "dense", p.size);

    const Synapses forward = matrices_of(chip_, *layer.forward);
    const Synapses recurrent = layer.recurrent ? matrices_of(chip_, *layer.recurrent) : Synapses();
    const auto reader = reader_format(forward.weights, recurrent.weights);
    if (!reader) {
      // Of both matrices, which have one format there.
      auto [low, high] = std::minmax_element(forward.weights.begin(), forward.weights.end());
      const ChipProjection* widest = layer.forward;
      if (layer.recurrent) {
        const auto [lowest, highest] =
            std::minmax_element(recurrent.weights.begin(), recurrent.weights.end());
        if (*lowest < *low || *highest > *high) widest = layer.recurrent;
        if (*lowest < *low) low = lowest;
        if (*highest > *high) high = highest;
      }
      if (*low == 0 && *high == 0)
        throw NetworkError(widest->name,
                           "all its weights are 0 on the chip, and readers of netX divide by the "
                           "largest; train it longer, or leave the layer out");
      refuse(
          widest->name,
          fmt::format(
              "the weights of its layer, {} .. {}, do not fit into the -256 .. 254 of netX{}", *low,
              *high,
              widest->format.exponent > 0 ? "; [chip] weight_exponent = 0 keeps them there" : ""));
    }
    for (const Synapses* s : {&forward, &recurrent})
      if (const auto weight = changed_weight(s->weights, *reader))
        refuse((s == &forward ? layer.forward : layer.recurrent)->name,
               fmt::format("weight {} would be rounded or clipped by the reader of netX", *weight));

    const hdf5::Shape shape = {p.size, chip_.populations[layer.forward->source].size};
    write_weights(path + "/weight", forward.weights, shape);
    if (forward.delayed) out_.numbers(path + "/delay", forward.delays, shape);
    if (layer.recurrent) {
      write_weights(path + "/weight_rec", recurrent.weights, {p.size, p.size});
      if (recurrent.delayed) out_.numbers(path + "/delay_rec", recurrent.delays, {p.size, p.size});
      if (forward.delayed || recurrent.delayed)
        warnings_.push_back(fmt::format(
            "{}: public lava-dl does not read delays of recurrent layers (delay_rec is ignored, "
            "delay is used for both matrices, the weight exponent is dropped: lava-dl issue 372). "
            "This layer needs NxKernel or a patched reader; `--format lava` runs as it is",
            p.name));
    }
    write_neuron(path, layer);
  }

  // A value that all neurons of a layer share.
  template <typename Value>
  auto common(const ChipPopulation& p, const char* what, const Value& value) const {
    const auto first = value(chip_.neurons[p.first]);
    for (NeuronId n = p.first; n < p.first + p.size; ++n)
      if (value(chip_.neurons[n]) != first)
        refuse(fmt::format("{}[{}]", p.name, n - p.first),
               fmt::format("its {} is {} and that of neuron 0 is {}; a netX layer has one for all",
                           what, value(chip_.neurons[n]), first));
    return first;
  }

  void write_neuron(const std::string& layer, const Layer& at) {
    const ChipPopulation& p = population(at);
    const bool readout = p.model == ChipModel::cuba_li;
    if (p.reset_interval > 0)
      refuse(p.name, "netX has no periodic resets; `--format lava` has them");
    if (readout)
      for (const double scale : p.scales)
        if (scale != p.scales[0])
          refuse(p.name, "its neurons have different scales, and a netX reader compares their v");
    const std::string neuron = layer + "/neuron";
    out_.text(neuron + "/type", "CUBA");
    out_.integer(neuron + "/iDecay",
                 common(p, "decay of u", [](const Neuron& n) { return n.du + 1; }));
    out_.integer(neuron + "/vDecay", common(p, "decay of v", [](const Neuron& n) { return n.dv; }));
    const std::int32_t refractory =
        common(p, "refractory delay", [](const Neuron& n) { return n.refractory_delay; });
    out_.integer(neuron + "/vThMant",
                 readout ? readout_threshold
                         : common(p, "threshold", [](const Neuron& n) { return n.vth; }));
    out_.integer(neuron + "/refDelay", refractory);
    if (refractory > 1)
      warnings_.push_back(fmt::format(
          "{}: its refractory delay of {} steps is written, and public lava-dl ignores it: the "
          "neurons fire again at once there",
          p.name, refractory));
    if (readout) check_readout(at);
    write_bias(layer, p);
  }

  void write_bias(const std::string& layer, const ChipPopulation& p) {
    std::vector<std::int32_t> mantissas;
    bool any = false;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      // The reader's exponent is 6.
      const std::int64_t bias = chip_.neurons[n].bias(), mantissa = bias / 64;
      any |= bias != 0;
      if (mantissa * 64 != bias || mantissa < bias_mantissa_min || mantissa > bias_mantissa_max)
        refuse(fmt::format("{}[{}]", p.name, n - p.first),
               fmt::format("its bias of {} is no multiple of 64 within 13 bits, which is what netX "
                           "has",
                           bias));
      mantissas.push_back(static_cast<std::int32_t>(mantissa));
    }
    if (!any) return;
    if (p.lag > 0)
      refuse(p.name, fmt::format("it has a bias and starts {} steps late, and netX starts all "
                                 "layers at once",
                                 p.lag));
    out_.numbers(layer + "/bias", mantissas, {p.size});
  }

  // A readout is a neuron that had better not fire.
  void check_readout(const Layer& layer) {
    const ChipPopulation& p = population(layer);
    const std::int64_t limit = std::int64_t{readout_threshold} << state_shift;
    const double bound = register_bounds(chip_)[layer.population].v.high;
    if (bound <= static_cast<double>(limit)) return;
    const Prediction& seen = deployed_.prediction;
    if (seen.trials == 0) {
      warnings_.push_back(fmt::format(
          "{}: netX has no neurons without a threshold; these fire, and lose their v, above {}, "
          "which their weights do not exclude",
          p.name, limit));
      return;
    }
    const std::int64_t largest = seen.voltages[layer.population].max;
    if (largest > limit)
      refuse(p.name,
             fmt::format("its v reaches {}, and a readout of netX fires above {}", largest, limit));
    warnings_.push_back(fmt::format(
        "{}: netX has no neurons without a threshold; these fire, and lose their v, above {}. That "
        "they stay below is not proven, but measured: at most {} in {} trials",
        p.name, limit, largest, seen.trials));
  }

  void write_metadata() {
    const std::string group = "/retrograde";
    out_.text(group + "/generator", fmt::format("retrograde {}", version::string));
    out_.text(group + "/name", deployed_.name);
    out_.text(group + "/source", deployed_.source);
    out_.number(group + "/dt_ms", chip_.step);
    out_.integer(group + "/steps", static_cast<std::int32_t>(deployed_.steps));
    out_.text(group + "/input", input_encoding);
    out_.text(group + "/reset", reset_policy);
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      const ChipPopulation& p = population(layers_[k]);
      const std::string layer = fmt::format("{}/layer/{}", group, k);
      out_.text(layer + "/name", p.name);
      if (p.model == ChipModel::input) continue;
      out_.text(layer + "/model", std::string(loihi2::name(p.model)));
      out_.integer(layer + "/lag", static_cast<std::int32_t>(p.lag));
      out_.numbers(layer + "/scale", p.scales, {p.scales.size()});
      if (deployed_.prediction.trials > 0)
        out_.number(layer + "/spikes_per_trial",
                    deployed_.prediction.spikes[layers_[k].population]);
    }
    if (const Readout& readout = deployed_.readout; readout.kind != Readout::Kind::none) {
      out_.text(group + "/readout/kind", name(readout.kind));
      std::size_t layer = 0;
      while (layers_[layer].population != readout.population) ++layer;
      out_.integer(group + "/readout/layer", static_cast<std::int32_t>(layer));
      if (readout.kind == Readout::Kind::voltage_integral) {
        out_.text(group + "/readout/weighting", name(readout.weighting));
        if (readout.weighting.kind() == TimeWeight::Kind::exponential)
          out_.number(group + "/readout/tau_ms", readout.weighting.tau());
        if (readout.weighting.kind() == TimeWeight::Kind::window)
          out_.number(group + "/readout/from_ms", readout.weighting.from());
        if (readout.weighting.to() != never)
          out_.number(group + "/readout/to_ms", readout.weighting.to());
      }
    }
    const Prediction& p = deployed_.prediction;
    if (p.trials == 0) return;
    out_.text(group + "/prediction/part", p.part);
    out_.integer(group + "/prediction/trials", static_cast<std::int32_t>(p.trials));
    if (p.labelled > 0)
      out_.number(group + "/prediction/accuracy",
                  static_cast<double>(p.correct) / static_cast<double>(p.labelled));
  }

  const Deployed& deployed_;
  const ChipNetwork& chip_;
  std::vector<Layer> layers_;
  hdf5::Writer out_;
  std::vector<std::string> warnings_;
};

}  // namespace

NetxFile write_netx(const Deployed& deployed) { return NetxWriter(deployed).run(); }

}  // namespace retrograde
