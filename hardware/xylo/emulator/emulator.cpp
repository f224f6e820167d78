#include <algorithm>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/emulator/emulator.hpp>

namespace retrograde::xylo {

namespace {

Cells at_rest(std::size_t neurons, int synapses) {
  Cells cells;
  cells.v.assign(neurons, 0);
  for (int k = 0; k < synapses; ++k) cells.i[k].assign(neurons, 0);
  cells.fired.assign(neurons, 0);
  cells.saturated.assign(neurons, Cells::none);
  return cells;
}

// What one source fired, to all that it reaches.
void deliver(const std::vector<Synapse>& row, std::int32_t events, int shift, Cells& to,
             Activity& activity) {
  for (const Synapse& s : row) {
    State& i = to.i[s.synapse][s.target];
    const std::int32_t weight = s.weight * (1 << shift);
    const std::int32_t sum = i + weight * events;
    i = received(i, weight, events);
    if (sum != i) to.saturated[s.target] |= Cells::current;
  }
  activity.synaptic_operations += row.size() * static_cast<std::uint64_t>(events);
}

// The step of one neuron, all arrivals having come; how often it has fired then.
std::int32_t advance(const Neuron& n, Cells& cells, std::size_t k, std::int32_t most) {
  std::int32_t current = 0;
  for (std::size_t s = 0; s < 2; ++s) {
    if (cells.i[s].empty()) continue;
    State& i = cells.i[s][k];
    i = static_cast<State>(i - decay(i, n.dash_syn[s]));
    current += i;
  }
  State& v = cells.v[k];
  // Each of the three sums saturates.
  const std::int32_t all = opposite_decay(v, n.dash_mem) + current;
  const std::int32_t change = saturated(all);
  const std::int32_t biased = saturated(change + n.bias);
  const std::int32_t sum = v + biased;
  v = saturated(sum);
  if (all != change || change + n.bias != biased || sum != v) cells.saturated[k] |= Cells::voltage;
  return fire(v, n.threshold, cells.fired[k], most);
}

}  // namespace

Emulator::Emulator(XyloNetwork network) : network_(std::move(network)) { check(network_); }

Activity Emulator::start() const {
  Activity activity;
  activity.hidden = at_rest(network_.hidden.size(), 2);
  activity.outputs = at_rest(network_.outputs.size(), 1);
  return activity;
}

void Emulator::step(Activity& activity, std::span<const std::uint8_t> events) const {
  if (events.size() != network_.input.size())
    throw InternalError("a step of Xylo with events for another number of channels");
  Cells& hidden = activity.hidden;
  Cells& outputs = activity.outputs;
  activity.active_channels = activity.synaptic_operations = 0;
  for (Cells* cells : {&hidden, &outputs})
    std::fill(cells->saturated.begin(), cells->saturated.end(), Cells::none);

  for (std::size_t c = 0; c < events.size(); ++c) {
    if (events[c] == 0) continue;
    ++activity.active_channels;
    deliver(network_.input[c], std::min<std::int32_t>(events[c], most_input_events),
            network_.input_shift, hidden, activity);
  }
  for (std::size_t n = 0; n < hidden.fired.size(); ++n) {
    if (hidden.fired[n] == 0) continue;
    deliver(network_.recurrent[n], hidden.fired[n], network_.recurrent_shift, hidden, activity);
    deliver(network_.readout[n], hidden.fired[n], network_.readout_shift, outputs, activity);
  }

  std::fill(hidden.fired.begin(), hidden.fired.end(), 0);
  std::fill(outputs.fired.begin(), outputs.fired.end(), 0);
  for (std::size_t n = 0; n < network_.hidden.size(); ++n) {
    const std::int32_t fired = advance(network_.hidden[n], hidden, n, most_hidden_events);
    hidden.fired[n] = static_cast<std::uint8_t>(fired);
    if (const auto alias = network_.hidden[n].alias)
      hidden.fired[*alias] =
          static_cast<std::uint8_t>(std::min(hidden.fired[*alias] + fired, most_hidden_events));
  }
  for (std::size_t n = 0; n < network_.outputs.size(); ++n)
    outputs.fired[n] =
        static_cast<std::uint8_t>(advance(network_.outputs[n], outputs, n, most_output_events));
}

}  // namespace retrograde::xylo
