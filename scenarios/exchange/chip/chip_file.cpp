#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <type_traits>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/chip/chip_fields.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde {

namespace {

using namespace loihi2;

using namespace chip_fields;

class ChipReader {
 public:
  ChipReader(std::span<const std::uint8_t> bytes, const std::string& file,
             const ScenarioLimits& limits)
      : limits_(limits),
        in_(bytes, file,
            {.values = limits.synapses,
             .members = std::uint64_t{limits.populations} + limits.projections}) {}

  ChipFile run() {
    if (const std::int64_t found = integer("/chip/version", 0, 1 << 30); found != version)
      in_.fail("/chip/version", fmt::format("{}; this program reads version {}", found, version));
    ChipNetwork& chip = result_.chip;
    chip.step = number("/chip/step_ms");
    if (in_.has("/chip/spike_phase")) chip.spike_phase = number("/chip/spike_phase");
    read_semantics();
    const std::size_t populations = count("populations", limits_.populations);
    for (std::size_t k = 0; k < populations; ++k) read_population(place("populations", k));
    const std::size_t projections = count("projections", limits_.projections);
    for (std::size_t k = 0; k < projections; ++k)
      read_projection(place("projections", k), populations);
    // What no field alone shows: sums of weights, weights that are not stored ones, ports.
    try {
      check(chip);
      check(result_.semantics);
    } catch (const Error& error) {
      in_.fail("/chip", error.what());
    }
    return std::move(result_);
  }

 private:
  // Members 0, 1, ... of a group.
  std::size_t count(const char* kind, std::size_t most) const {
    const std::string group = std::string("/chip/") + kind;
    const std::size_t members = in_.members(group).size();
    if (members > most)
      throw LimitError(
          kind, static_cast<double>(most), static_cast<double>(members),
          fmt::format("{}: {} of these, and at most {} are read", group, members, most));
    for (std::size_t k = 0; k < members; ++k)
      if (!in_.is_group(place(kind, k)))
        in_.fail(place(kind, k),
                 fmt::format("it is missing, and {} has {} members; they are called "
                             "0, 1, ... without gaps",
                             group, members));
    return members;
  }

  double number(const std::string& path) const {
    const auto values = in_.numbers(path).values;
    if (values.size() != 1) in_.fail(path, "one number is needed here");
    return values[0];
  }

  std::vector<std::int64_t> integers(const std::string& path, std::int64_t low,
                                     std::int64_t high) const {
    const std::vector<double> values = in_.numbers(path).values;
    std::vector<std::int64_t> result(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (!(values[k] >= static_cast<double>(low) && values[k] <= static_cast<double>(high)) ||
          values[k] != std::floor(values[k]))
        in_.fail(path, fmt::format("value {} is {}; an integer from {} to {} is needed", k,
                                   values[k], low, high));
      result[k] = static_cast<std::int64_t>(values[k]);
    }
    return result;
  }

  std::int64_t integer(const std::string& path, std::int64_t low, std::int64_t high) const {
    const auto values = integers(path, low, high);
    if (values.size() != 1) in_.fail(path, "one integer is needed here; write a scalar");
    return values[0];
  }
  std::int64_t integer_or(const std::string& path, std::int64_t otherwise, std::int64_t low,
                          std::int64_t high) const {
    return in_.has(path) ? integer(path, low, high) : otherwise;
  }

  std::size_t choice(const std::string& path, const std::vector<std::string>& names) const {
    const std::string found = in_.text(path);
    const auto at = std::find(names.begin(), names.end(), found);
    if (at == names.end())
      in_.fail(path, fmt::format("\"{}\" is none of {}{}", found, fmt::join(names, ", "),
                                 suggestion(found, names)));
    return static_cast<std::size_t>(at - names.begin());
  }

  void read_semantics() {
    Semantics& s = result_.semantics;
    const std::string group = "/chip/semantics";
    if (!in_.has(group)) return;
    const auto read = [&](const char* key, Overflow& value) {
      const std::string path = hdf5::joined(group, key);
      if (in_.has(path)) value = overflows[choice(path, overflow_names())];
    };
    read("a", s.a);
    read("u", s.u);
    read("v", s.v);
    if (const std::string path = group + "/spike_register"; in_.has(path))
      s.spike_register = static_cast<SpikeRegister>(choice(path, shown_names));
  }

  void read_population(const std::string& path) {
    ChipNetwork& chip = result_.chip;
    ChipPopulation p;
    p.name = in_.text(path + "/name");
    p.model = models[choice(path + "/model", model_names())];
    p.first = static_cast<NeuronId>(chip.neurons.size());
    p.size = static_cast<std::uint32_t>(integer(path + "/size", 1, limits_.neurons));
    if (chip.neurons.size() + p.size > limits_.neurons)
      throw LimitError(
          "neurons", limits_.neurons, static_cast<double>(chip.neurons.size() + p.size),
          fmt::format("{}: with these there are more than the {} neurons that are read", path,
                      limits_.neurons));
    constexpr std::int64_t most = (std::int64_t{1} << 31) - 1;
    p.lag = static_cast<std::uint32_t>(integer_or(path + "/lag", 0, 0, most));
    if (in_.has(path + "/scale")) p.scales = in_.numbers(path + "/scale").values;
    p.reset_interval = static_cast<std::uint32_t>(integer_or(path + "/reset_interval", 0, 0, most));
    p.reset_offset = static_cast<std::uint32_t>(integer_or(path + "/reset_offset", 0, 0, most));
    chip.neurons.resize(chip.neurons.size() + p.size);
    switch (p.model.kind()) {
      case ChipModel::input:
        break;
      case ChipModel::cuba_lif:
      case ChipModel::cuba_li:
        read_cells(path, std::span(chip.neurons).subspan(p.first));
        break;
      case ChipModel::ternary_lif:
        p.cells = cells<TernaryLif>(path, p.size);
        break;
      case ChipModel::graded:
        p.cells = cells<Graded>(path, p.size);
        break;
      case ChipModel::delta:
        p.cells = cells<Delta>(path, p.size);
        break;
      case ChipModel::sigma:
        p.cells = cells<Sigma>(path, p.size);
        break;
      case ChipModel::sigma_delta:
        p.cells = cells<SigmaDelta>(path, p.size);
        break;
      case ChipModel::resonate_fire:
        p.cells = cells<ResonateFire>(path, p.size);
        break;
      case ChipModel::lca:
        p.cells = cells<Lca>(path, p.size);
        break;
      case ChipModel::lca_residual:
        p.cells = cells<LcaResidual>(path, p.size);
        break;
    }
    chip.populations.push_back(std::move(p));
  }

  template <typename Cell>
  std::vector<Cell> cells(const std::string& path, std::uint32_t size) const {
    std::vector<Cell> result(size);
    read_cells(path, std::span(result));
    return result;
  }

  // What is absent stays as it is by default.
  template <typename Cell>
  void read_cells(const std::string& path, std::span<Cell> cells) const {
    for (const ChipField<Cell>& field : chip_fields::of(static_cast<const Cell*>(nullptr))) {
      const std::string at = fmt::format("{}/{}", path, field.name);
      if (!in_.has(at)) continue;
      const auto values = integers(at, field.low, field.high);
      if (values.size() != 1 && values.size() != cells.size())
        in_.fail(at, fmt::format("it has {} values; give one, or {}, one for each neuron",
                                 values.size(), cells.size()));
      for (std::size_t k = 0; k < cells.size(); ++k)
        field.set(cells[k], static_cast<std::int32_t>(values[values.size() == 1 ? 0 : k]));
    }
  }

  void read_projection(const std::string& path, std::size_t populations) {
    ChipProjection p;
    p.name = in_.text(path + "/name");
    const auto population = [&](const char* key) {
      return static_cast<std::uint32_t>(
          integer(hdf5::joined(path, key), 0, static_cast<std::int64_t>(populations) - 1));
    };
    p.source = population("source");
    p.target = population("target");
    p.format.sign = static_cast<SignMode>(choice(path + "/sign", sign_names));
    p.format.bits =
        static_cast<int>(integer_or(path + "/weight_bits", weight_bits_max, 1, weight_bits_max));
    p.format.exponent = static_cast<int>(integer_or(path + "/weight_exponent", 0, -8, 7));
    p.message_bits = static_cast<int>(integer_or(path + "/message_bits", 0, 0, message_bits_limit));
    p.port = static_cast<std::uint32_t>(integer_or(path + "/port", 0, 0, 1));
    if (in_.has(path + "/convolution"))
      p.convolution = read_convolution(path + "/convolution", p.name);
    else
      read_synapses(path + "/synapse", p);
    result_.chip.projections.push_back(std::move(p));
  }

  // `count` integers of at least `low`.
  std::vector<std::int64_t> some(const std::string& path, std::size_t count,
                                 std::int64_t low) const {
    const auto values = integers(path, low, limits_.neurons);
    if (values.size() != count)
      in_.fail(path, fmt::format("{} values; give {}", values.size(), count));
    return values;
  }

  Convolution read_convolution(const std::string& path, const std::string& name) {
    Convolution c;
    const auto shape = [&](const char* key) {
      const auto v = some(hdf5::joined(path, key), 3, 1);
      return Convolution::Shape{static_cast<std::uint64_t>(v[0]), static_cast<std::uint64_t>(v[1]),
                                static_cast<std::uint64_t>(v[2])};
    };
    const auto pair = [&](const char* key, std::int64_t low) {
      const auto v = some(hdf5::joined(path, key), 2, low);
      return std::array{static_cast<std::uint64_t>(v[0]), static_cast<std::uint64_t>(v[1])};
    };
    c.in = shape("in");
    c.out = shape("out");
    c.kernel = pair("kernel", 1);
    c.stride = pair("stride", 1);
    c.padding = pair("padding", 0);
    c.dilation = pair("dilation", 1);
    c.groups = static_cast<std::uint64_t>(some(path + "/groups", 1, 1)[0]);
    for (const std::int64_t weight : integers(path + "/weight", -256, 255))
      c.weights.push_back(static_cast<std::int16_t>(weight));
    if (in_.has(path + "/delay")) {
      c.delays.clear();
      for (const std::int64_t delay : integers(path + "/delay", 0, delay_limit))
        c.delays.push_back(static_cast<std::uint8_t>(delay));
    }
    try {
      check(c, name);
    } catch (const Error& error) {
      in_.fail(path, error.what());
    }
    want(path, c.products());
    return c;
  }

  void read_synapses(const std::string& path, ChipProjection& p) {
    const auto last = [&](std::uint32_t population) {
      return std::int64_t{result_.chip.populations[population].size} - 1;
    };
    bool sized = false;  // by the first column
    const auto column = [&](const char* key, std::int64_t low, std::int64_t high,
                            auto ChipSynapse::*member) {
      const std::string at = hdf5::joined(path, key);
      const std::vector<std::int64_t> values = integers(at, low, high);
      if (!std::exchange(sized, true)) {
        want(at, values.size());
        p.synapses.resize(values.size());
      }
      if (values.size() != p.synapses.size())
        in_.fail(at, fmt::format("it has {} values, and {}/source has {}; every synapse has one",
                                 values.size(), path, p.synapses.size()));
      for (std::size_t k = 0; k < values.size(); ++k)
        p.synapses[k].*member =
            static_cast<std::remove_reference_t<decltype(p.synapses[k].*member)>>(values[k]);
    };
    column("source", 0, last(p.source), &ChipSynapse::source);
    column("target", 0, last(p.target), &ChipSynapse::target);
    column("weight", -256, 255, &ChipSynapse::weight);
    if (in_.has(path + "/delay")) column("delay", 0, delay_limit, &ChipSynapse::delay);
  }

  void want(const std::string& path, std::uint64_t synapses) {
    synapses_ += synapses;
    if (synapses_ > limits_.synapses)
      throw LimitError(
          "synapses", static_cast<double>(limits_.synapses), static_cast<double>(synapses_),
          fmt::format("{}: with these there are more than the {} synapses that are read", path,
                      limits_.synapses));
  }

  ScenarioLimits limits_;
  hdf5::Reader in_;
  ChipFile result_;
  std::uint64_t synapses_ = 0;
};

}  // namespace

ChipFile read_chip_file(std::span<const std::uint8_t> bytes, const std::string& file,
                        const ScenarioLimits& limits) {
  return ChipReader(bytes, file, limits).run();
}

}  // namespace retrograde
