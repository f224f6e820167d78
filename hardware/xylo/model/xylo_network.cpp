#include <fmt/format.h>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/model/neuron.hpp>
#include <retrograde/hardware/xylo/model/xylo_network.hpp>

namespace retrograde::xylo {

namespace {

void in_range(const std::string& where, const char* field, std::int64_t value, std::int64_t low,
              std::int64_t high) {
  if (value < low || value > high)
    throw DeploymentError(
        where, field,
        fmt::format("{} is {}; its field on the chip holds {} .. {}", field, value, low, high));
}

void check_neurons(const std::vector<Neuron>& neurons, const char* kind, std::size_t hidden) {
  const bool has_aliases = std::string(kind) == "hidden";
  for (std::size_t k = 0; k < neurons.size(); ++k) {
    const Neuron& n = neurons[k];
    const std::string where = fmt::format("{}[{}]", kind, k);
    in_range(where, "threshold", n.threshold, 1, highest_threshold);
    in_range(where, "bias", n.bias, lowest_state, highest_state);
    in_range(where, "dash_mem", n.dash_mem, 0, highest_dash);
    for (const int dash : n.dash_syn) in_range(where, "dash_syn", dash, 0, highest_dash);
    if (!n.alias) continue;
    if (!has_aliases)
      throw DeploymentError(where, "alias", "output neurons have no alias; remove it");
    if (*n.alias >= hidden || *n.alias == k)
      throw DeploymentError(
          where, "alias",
          fmt::format("its alias is {}; name another one of the {} hidden neurons", *n.alias,
                      hidden));
  }
}

void check_fanout(const Fanout& fanout, const char* kind, std::size_t sources,
                  const std::vector<Neuron>& targets, std::uint32_t synapses) {
  if (fanout.size() != sources)
    throw DeploymentError(
        kind, "weight",
        fmt::format("it has rows for {} sources; there are {}", fanout.size(), sources));
  for (std::size_t source = 0; source < fanout.size(); ++source)
    for (const Synapse& s : fanout[source]) {
      const std::string where = fmt::format("{}[{} -> {}]", kind, source, s.target);
      if (s.target >= targets.size())
        throw DeploymentError(where, "target",
                              fmt::format("there are {} neurons of that kind", targets.size()));
      in_range(where, "weight", s.weight, lowest_weight, highest_weight);
      in_range(where, "synapse", s.synapse, 0, synapses - 1);
    }
}

}  // namespace

std::uint64_t synapse_count(const Fanout& fanout) {
  std::uint64_t count = 0;
  for (const std::vector<Synapse>& row : fanout) count += row.size();
  return count;
}

void check(const XyloNetwork& network) {
  check_neurons(network.hidden, "hidden", network.hidden.size());
  check_neurons(network.outputs, "output", network.hidden.size());
  check_fanout(network.input, "input", network.input.size(), network.hidden, 2);
  check_fanout(network.recurrent, "recurrent", network.hidden.size(), network.hidden, 2);
  check_fanout(network.readout, "readout", network.hidden.size(), network.outputs, 1);
  in_range("input", "weight shift", network.input_shift, 0, highest_weight_shift);
  in_range("recurrent", "weight shift", network.recurrent_shift, 0, highest_weight_shift);
  in_range("readout", "weight shift", network.readout_shift, 0, highest_weight_shift);
}

}  // namespace retrograde::xylo
