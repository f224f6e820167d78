#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string>

#include <retrograde/hardware/xylo/place/fit.hpp>

namespace retrograde::xylo {

namespace {

using Severity = Finding::Severity;

// From here on a limit is near.
constexpr double near = 0.9;

double known_limit(const std::optional<Constant>& constant) {
  return constant ? constant->value.low : 0.0;
}

std::size_t largest_fanout(const XyloNetwork& chip) {
  std::size_t most = 0;
  for (std::size_t n = 0; n < chip.recurrent.size(); ++n) {
    std::set<std::uint32_t> targets;
    for (const Synapse& s : chip.recurrent[n]) targets.insert(s.target);
    most = std::max(most, targets.size() + chip.readout[n].size());
  }
  return most;
}

std::uint64_t synapses_of(const Fanout& fanout, std::uint32_t synapse) {
  std::uint64_t count = 0;
  for (const std::vector<Synapse>& row : fanout)
    count += static_cast<std::uint64_t>(std::count_if(
        row.begin(), row.end(), [&](const Synapse& s) { return s.synapse == synapse; }));
  return count;
}

struct Judged {
  ChipUse use;
  const char* remedy;
};

std::vector<Judged> all(const Quantized& q, const Limits& limits) {
  const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
  return {{{"input channels", count(q.layout.channels), limits.channels.value.low},
           "encode the input in fewer channels, of several events a step each"},
          {{"hidden neurons", count(q.layout.hidden), limits.hidden.value.low},
           "train a smaller network"},
          {{"output neurons", count(q.layout.outputs), limits.outputs.value.low},
           "read fewer classes, or decide by a code of several outputs"},
          {{"neurons up to the last that inputs reach", count(q.layout.input_window),
            known_limit(limits.input_neurons)},
           "let a first layer of that size at most take the input, and others follow it"},
          {{"neurons from the first that outputs read", count(q.layout.readout_window),
            known_limit(limits.readout_neurons)},
           "let a last layer of that size at most reach the outputs"},
          {{"fan-out of a neuron", count(largest_fanout(q.chip)), known_limit(limits.fanout)},
           "connect layers more sparsely"},
          {{"recurrent synapses", count(synapses_of(q.chip.recurrent, 0)),
            known_limit(limits.synapses)},
           "connect hidden layers more sparsely, or make them smaller"},
          {{"recurrent second synapses", count(synapses_of(q.chip.recurrent, 1)),
            known_limit(limits.synapses)},
           "connect hidden layers more sparsely, or make them smaller"}};
}

}  // namespace

std::vector<ChipUse> uses(const Quantized& quantized, const Limits& limits) {
  std::vector<ChipUse> list;
  for (const Judged& judged : all(quantized, limits)) list.push_back(judged.use);
  return list;
}

std::vector<Finding> judge(const Quantized& quantized, const Limits& limits) {
  std::vector<Finding> findings;
  for (const auto& [use, remedy] : all(quantized, limits)) {
    if (use.limit == 0.0 || use.used < near * use.limit) continue;
    const bool fits = use.used <= use.limit;
    if (fits && use.limit < 100.0) continue;  // sixteen of sixteen channels are no cause of worry
    findings.push_back({fits ? Severity::warning : Severity::problem, "chip", use.name, use.limit,
                        use.used,
                        fmt::format("{}: the network takes {:.0f}{}", use.name, use.used,
                                    fits ? fmt::format(" of {:.0f}", use.limit)
                                         : fmt::format("; the chip has {:.0f}", use.limit)),
                        remedy});
  }
  return findings;
}

std::vector<Finding> judge(const Conformance& seen) {
  std::vector<Finding> findings;
  for (const RegisterUse& r : seen.registers) {
    if (r.overflows == 0) continue;
    findings.push_back(
        {Severity::warning, seen.populations[r.population], r.name, 32767,
         static_cast<double>(r.overflows),
         fmt::format("{}: {} sums of {} did not fit into 16 bits and were held at their end",
                     seen.populations[r.population], r.overflows, r.name),
         "weaker weights into it, or more inhibition among them, keep them"});
  }
  if (seen.input_collisions > 0)
    findings.push_back({Severity::warning, "chip", "input events", 15, 0,
                        fmt::format("{} input spikes did not get in: a channel takes 15 in a step",
                                    seen.input_collisions),
                        "a shorter chip.step or more channels let them in"});
  return findings;
}

}  // namespace retrograde::xylo
