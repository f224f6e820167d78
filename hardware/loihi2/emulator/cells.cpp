#include <algorithm>
#include <type_traits>
#include <variant>

#include <retrograde/hardware/loihi2/emulator/cells.hpp>
#include <retrograde/hardware/loihi2/emulator/fanout.hpp>

namespace retrograde::loihi2 {

namespace {

Registers shown(const TernaryLifState& state) { return {state.u, state.v}; }
Registers shown(const GradedState&) { return {0, 0}; }
Registers shown(const DeltaState& state) { return {state.act, state.residue}; }
Registers shown(const SigmaState& state) { return {state.sigma, 0}; }
Registers shown(const SigmaDeltaState& state) { return {state.sigma, state.delta.residue}; }
Registers shown(const ResonateFireState& state) { return {state.re, state.im}; }
Registers shown(const LcaState& state) { return {0, state.v}; }
Registers shown(const LcaResidualState& state) { return {0, state.r}; }

template <typename Cell>
struct StateOf;
template <>
struct StateOf<TernaryLif> {
  using type = TernaryLifState;
};
template <>
struct StateOf<Graded> {
  using type = GradedState;
};
template <>
struct StateOf<Delta> {
  using type = DeltaState;
};
template <>
struct StateOf<Sigma> {
  using type = SigmaState;
};
template <>
struct StateOf<SigmaDelta> {
  using type = SigmaDeltaState;
};
template <>
struct StateOf<ResonateFire> {
  using type = ResonateFireState;
};
template <>
struct StateOf<Lca> {
  using type = LcaState;
};
template <>
struct StateOf<LcaResidual> {
  using type = LcaResidualState;
};

// Any model, neuron by neuron as its header says.
template <typename Cell>
class PlainCells final : public Cells {
 public:
  PlainCells(const std::vector<Cell>& cells, const Semantics& semantics)
      : cells_(cells), states_(cells.size()), semantics_(semantics) {}

  void step(std::uint32_t first, std::uint32_t last, const std::int32_t* a,
            const std::int32_t* a_imaginary, char* rests, MessageSink& sink,
            PopulationActivity& activity) override {
    std::fill(rests + first, rests + last, 1);
    const auto end =
        static_cast<std::uint32_t>(std::min(std::size_t{last} * block_size, cells_.size()));
    for (std::uint32_t j = first * block_size; j < end; ++j) {
      const std::int32_t input = a[j];
      State& state = states_[j];
      const State before = state;
      StepOutcome outcome;
      if constexpr (std::is_same_v<Cell, ResonateFire>) {
        const std::int32_t imaginary = a_imaginary[j];
        outcome = loihi2::step(cells_[j], state, input, imaginary, semantics_);
        rests[j / block_size] &= imaginary == 0;
      } else {
        outcome = loihi2::step(cells_[j], state, input, semantics_);
      }
      activity.a.include(input);
      activity.u.include(shown(state).u);
      activity.v.include(outcome.v);
      activity.u_wraps += outcome.wrapped;
      activity.v_saturations += outcome.saturated;
      activity.a_overflows += input < -accumulator_limit || input >= accumulator_limit;
      if (outcome.spike != 0) {
        ++activity.spikes;
        sink.send(j, outcome.spike);
      }
      rests[j / block_size] &= input == 0 && outcome.spike == 0 && !outcome.wrapped &&
                               !outcome.saturated && state == before;
    }
  }

  void reset() override { states_.assign(states_.size(), {}); }

  Registers registers(std::uint32_t neuron) const override { return shown(states_[neuron]); }

 private:
  using State = typename StateOf<Cell>::type;

  const std::vector<Cell>& cells_;
  std::vector<State> states_;
  Semantics semantics_;
};

}  // namespace

std::unique_ptr<Cells> make_cells(const ChipNetwork& network, std::uint32_t population,
                                  const Semantics& semantics) {
  const ChipPopulation& p = network.populations[population];
  if (p.model == ChipModel::input) return nullptr;
  return std::visit(
      [&](const auto& cells) -> std::unique_ptr<Cells> {
        using List = std::decay_t<decltype(cells)>;
        if constexpr (std::is_same_v<List, std::monostate>)
          return make_cuba_lif_cells(network, population, semantics);
        else
          return std::make_unique<PlainCells<typename List::value_type>>(cells, semantics);
      },
      p.cells);
}

}  // namespace retrograde::loihi2
