// A network as Loihi 2 holds it: integers only, and what is needed to read them as real numbers.
// Populations, projections and neurons have the indices of the Network they came from
// (quantize.hpp); one may also be written by hand.
//
// Time: one step is `step` ms. Population p has a lag of L steps: it is reset at step L, and step n
// of the chip is for it the interval from (n - L) step to (n - L + 1) step of the trial. Then
//   v after step n         stands for V at the end of that interval,
//   an arrival in step n   for one at its beginning,
//   a spike in step n      for a crossing somewhere inside.
// Lags let synapses that are shorter than the chip's one step of latency keep their relative
// timing: the target simply runs later, as on the chip, where layers are reset one step after the
// other for the same reason.
//
// Reset: a population with a reset interval starts the steps n (of the chip, counted from 0) with
// (n + 1) mod interval = offset mod interval from rest: u = v = 0, no refractory period. Source:
// published code, lava-nc/lava b6822fbc (proc/lif, LIFReset, whose steps count from 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/hardware/loihi2/model/convolution.hpp>
#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>
#include <retrograde/hardware/loihi2/model/graded.hpp>
#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>
#include <retrograde/hardware/loihi2/model/resonate_fire.hpp>
#include <retrograde/hardware/loihi2/model/sigma_delta.hpp>
#include <retrograde/hardware/loihi2/model/synapse.hpp>
#include <retrograde/hardware/loihi2/model/ternary_lif.hpp>

namespace retrograde::loihi2 {

// Where in its step the crossing behind a spike is taken to be when delays are rounded
// (quantize.hpp).
inline constexpr double default_spike_phase = 0.25;

// What the neurons of a population are. The engine's models that the chip has convert: cuba_lif, and
// lif and if as one whose u forgets all in a step and, of `if`, whose v forgets nothing; likewise the
// readouts cuba_li, li and integrator. Converting another one throws DeploymentError.
class ChipModel {
 public:
  enum Kind : std::uint8_t {
    input,
    cuba_lif,
    cuba_li,
    ternary_lif,
    graded,
    delta,
    sigma,
    sigma_delta,
    resonate_fire,
    lca,
    lca_residual,
  };

  constexpr ChipModel(Kind kind) : kind_(kind) {}
  ChipModel(Model model);

  constexpr Kind kind() const { return kind_; }
  // Whether its neurons are those of ChipNetwork::neurons.
  constexpr bool has_cuba_neurons() const { return kind_ == cuba_lif || kind_ == cuba_li; }
  friend constexpr bool operator==(ChipModel, ChipModel) = default;

 private:
  Kind kind_;
};

std::string_view name(ChipModel model);

// Neurons of the models that only the chip has, one entry per neuron of the population.
using ChipCells =
    std::variant<std::monostate, std::vector<TernaryLif>, std::vector<Graded>, std::vector<Delta>,
                 std::vector<Sigma>, std::vector<SigmaDelta>, std::vector<ResonateFire>,
                 std::vector<Lca>, std::vector<LcaResidual>>;

struct ChipPopulation {
  std::string name;
  ChipModel model = ChipModel::cuba_lif;
  NeuronId first = 0;  // neurons first .. first + size - 1
  std::uint32_t size = 0;
  std::uint32_t lag = 0;  // steps; 0 for inputs
  // One weight unit in the unit of V, of all neurons or one by one; v and u count 1/64 of it.
  std::vector<double> scales = {1.0};
  // Steps between periodic resets of cuba_lif and cuba_li; 0: never.
  std::uint32_t reset_interval = 0, reset_offset = 0;
  ChipCells cells = {};  // none for input, cuba_lif and cuba_li

  double scale(std::uint32_t neuron) const { return scales[scales.size() == 1 ? 0 : neuron]; }
};

struct ChipSynapse {
  std::uint32_t source = 0, target = 0;  // local to the two populations
  std::int16_t weight = 0;               // as stored
  std::uint8_t delay = 0;                // steps, without the step of latency

  friend bool operator==(const ChipSynapse&, const ChipSynapse&) = default;
};

struct ChipProjection {
  std::string name;
  std::uint32_t source = 0, target = 0;  // population indices
  WeightFormat format;
  std::vector<ChipSynapse> synapses;
  std::optional<Convolution> convolution = {};  // then synapses are empty
  int message_bits = 0;    // width of payloads, 0 .. 32; 0: every message counts once
  std::uint32_t port = 0;  // input of the target: 1 is the imaginary one of resonate_fire

  // What a spike over synapse k adds to its target if nothing else arrives, in weight units.
  double weight_units(std::size_t k) const;

  std::uint64_t synapse_count() const {
    return convolution ? convolution->synapses() : synapses.size();
  }
  // Calls visit(ChipSynapse): as they are listed; those of a convolution by target.
  template <typename Visit>
  void for_each_synapse(const Visit& visit) const {
    for (const ChipSynapse& s : synapses) visit(s);
    if (!convolution) return;
    const Convolution& c = *convolution;
    for (std::uint32_t t = 0; t < c.out.size(); ++t)
      c.for_each_source(t, [&](std::uint64_t s, std::uint64_t weight) {
        visit(ChipSynapse{static_cast<std::uint32_t>(s), t, c.weights[weight],
                          c.delay(t / (c.out.height * c.out.width))});
      });
  }
};

struct ChipNetwork {
  Time step = 1.0;                           // ms
  double spike_phase = default_spike_phase;  // 0 .. 1
  std::vector<ChipPopulation> populations;
  std::vector<CubaLif> neurons;  // by NeuronId; used by cuba_lif and cuba_li
  std::vector<ChipProjection> projections;

  NeuronId neuron_count() const { return static_cast<NeuronId>(neurons.size()); }
  // Population that holds a neuron. O(populations).
  std::uint32_t population_of(NeuronId neuron) const;
  std::string neuron_name(NeuronId neuron) const;  // "hidden[3]"
};

// The same network with a synapse for every weight and place of its convolutions, for who looks at them one
// by one. O(synapses).
ChipNetwork unrolled(ChipNetwork network);

// Throws NetworkError unless every index is valid, inputs receive nothing and have no lag, readouts
// send nothing and cells are those of the model; DeploymentError unless every value fits its field
// of the chip, weights are stored ones and delays are 0 .. 63. O(size).
void check(const ChipNetwork& network);

}  // namespace retrograde::loihi2
