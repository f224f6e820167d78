#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>

#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/deploy/layout.hpp>

namespace retrograde::xylo {

namespace {

// By which a layer may run late: a trial is emulated for so much longer.
constexpr std::int32_t most_steps = 1 << 20;

class LayingOut {
 public:
  LayingOut(const Network& network, Time step) : network_(network), step_(step) {}

  Layout run() {
    find_kinds();
    number_neurons();
    set_clocks();
    count_lost();
    return std::move(layout_);
  }

 private:
  const std::vector<Population>& populations() const { return network_.populations(); }
  bool is_input(std::uint32_t p) const { return populations()[p].model->is_input(); }

  void find_kinds() {
    const std::size_t count = populations().size();
    fed_.assign(count, false);
    feeds_.assign(count, false);
    reads_.assign(count, false);
    std::vector<bool> heard(count, false);  // of hidden neurons
    for (const Projection& q : network_.projections()) {
      feeds_[q.source] = true;
      (is_input(q.source) ? fed_ : heard)[q.target] = true;
    }
    layout_.seats.resize(count);
    for (std::uint32_t p = 0; p < count; ++p) {
      const bool output = !feeds_[p] && !fed_[p] && heard[p];
      layout_.seats[p].kind = is_input(p) ? Kind::channel : output ? Kind::output : Kind::hidden;
    }
    for (const Projection& q : network_.projections())
      if (layout_.seats[q.target].kind == Kind::output) reads_[q.source] = true;
  }

  // Position in the order of hidden populations.
  int rank(std::uint32_t p) const {
    if (fed_[p]) return reads_[p] ? 2 : 0;
    return reads_[p] ? 3 : 1;
  }

  void number_neurons() {
    std::vector<std::uint32_t> order(populations().size());
    for (std::uint32_t p = 0; p < order.size(); ++p) order[p] = p;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
    std::optional<std::uint32_t> first_read;
    for (const std::uint32_t p : order) {
      Seat& seat = layout_.seats[p];
      std::uint32_t& count = seat.kind == Kind::channel  ? layout_.channels
                             : seat.kind == Kind::output ? layout_.outputs
                                                         : layout_.hidden;
      seat.first = count;
      count += populations()[p].size;
      if (seat.kind != Kind::hidden) continue;
      if (fed_[p]) layout_.input_window = count;
      if (reads_[p] && !first_read) first_read = seat.first;
    }
    if (first_read) layout_.readout_window = layout_.hidden - *first_read;
  }

  [[noreturn]] static void refuse(const std::string& projection, double steps) {
    throw DeploymentError(projection, "delay",
                          fmt::format("its layer would run {:g} steps late; shorten the delays, or "
                                      "take a longer chip.step",
                                      steps));
  }

  // O_t - O_s that this synapse asks for.
  std::int32_t asked(const Projection& q, SynapseId k) const {
    const bool channel = is_input(q.source);
    const Time delay = network_.total_delay(q.first + k);
    if (delay / step_ > most_steps) refuse(q.name, delay / step_);
    return static_cast<std::int32_t>(
               nearest_step(delay + (channel ? 0.0 : spike_phase * step_), step_)) -
           (channel ? 0 : 1);
  }

  // What most of its synapses ask for, the least of equals.
  std::int32_t usual(const Projection& q) const {
    std::map<std::int32_t, SynapseId> count;
    for (SynapseId k = 0; k < q.size; ++k) ++count[asked(q, k)];
    std::int32_t best = 0;
    SynapseId most = 0;
    for (const auto& [steps, synapses] : count)
      if (synapses > most) {
        most = synapses;
        best = steps;
      }
    return best;
  }

  void set_clocks() {
    std::vector<bool> known(populations().size(), false);
    for (std::uint32_t p = 0; p < known.size(); ++p) known[p] = is_input(p);
    for (bool found = true; found;) {
      found = false;
      for (const Projection& q : network_.projections()) {
        if (!known[q.source] || known[q.target] || q.size == 0) continue;
        layout_.seats[q.target].offset = layout_.seats[q.source].offset + usual(q);
        if (layout_.seats[q.target].offset > most_steps)
          refuse(q.name, layout_.seats[q.target].offset);
        known[q.target] = found = true;
      }
    }
    for (const Seat& seat : layout_.seats)
      layout_.earliest = std::min(layout_.earliest, seat.offset);
  }

  void count_lost() {
    for (const Projection& q : network_.projections()) {
      LostDelays lost{.projection = q.name, .synapses = q.size};
      const std::int32_t has = layout_.seats[q.target].offset - layout_.seats[q.source].offset;
      for (SynapseId k = 0; k < q.size; ++k) {
        const std::int32_t steps = asked(q, k) - has;
        lost.cut += steps > 0;
        lost.lengthened += steps < 0;
        lost.most_cut = std::max(lost.most_cut, steps);
      }
      if (lost.cut + lost.lengthened > 0) layout_.lost.push_back(lost);
    }
  }

  const Network& network_;
  const Time step_;
  std::vector<bool> fed_, feeds_, reads_;  // by channels; others; output neurons
  Layout layout_;
};

}  // namespace

Layout lay_out(const Network& network, Time step) { return LayingOut(network, step).run(); }

}  // namespace retrograde::xylo
