// A block of cuba_lif neurons in 32-bit lanes, for the compiler to vectorise.
//
// Nothing needs more than 32 bits:
//   T(x, d): x is h 2^12 + l, |h| <= 2^11. (x k) >> 12 = h k + ((l k) >> 12), with k <= 2^12.
//   u: 2^24 divides 2^32, so what overflows 32 bits does not matter for what is wrapped into 24.
//      Inputs beyond +-2^19 change the result only by wrapping, or saturate for sure; for
//      saturation they are cut to that first.
//   v: |T(v)|, |u| <= 2^23, |bias| <= 2^19.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <limits>

#include <retrograde/hardware/loihi2/emulator/cells.hpp>
#include <retrograde/hardware/loihi2/emulator/fanout.hpp>

namespace retrograde::loihi2 {

namespace {

constexpr std::int32_t certain = 1 << 19;  // inputs from here on leave u's register for sure

// The functions below have no branches, or the compiler would not put them into lanes.

// T(x, 4096 - keep). Rounding toward zero is rounding down with 4095 added for x < 0.
inline std::int32_t decayed_lane(std::int32_t x, std::int32_t keep) {
  const auto up = static_cast<std::int32_t>(static_cast<std::uint32_t>(x >> 31) >> 20);
  return (x >> 12) * keep + (((x & 4095) * keep + up) >> 12);
}

inline std::int32_t clamped(std::int32_t x, std::int32_t limit) {
  return std::min(std::max(x, -limit), limit);
}

// Modulo 2^24, from -below on.
inline std::int32_t wrapped_lane(std::int32_t x, std::int32_t below) {
  constexpr std::uint32_t mask = 2 * state_limit - 1;
  const std::uint32_t above = static_cast<std::uint32_t>(x) + static_cast<std::uint32_t>(below);
  return static_cast<std::int32_t>(above & mask) - below;
}

// All ones or 0.
inline std::int32_t mask_of(bool holds) { return -static_cast<std::int32_t>(holds); }

template <bool saturate_u, bool wrap_v, bool refractory>
class CubaLifCells final : public Cells {
 public:
  CubaLifCells(const ChipNetwork& network, std::uint32_t population, const Semantics& semantics)
      : semantics_(semantics),
        size_(network.populations[population].size),
        // What lies between 0 and the lower end of u's register.
        u_below_(static_cast<std::int32_t>(semantics.u == Overflow::lava_wrap ? state_limit - 1
                                                                              : state_limit)) {
    const ChipPopulation& p = network.populations[population];
    for (std::vector<std::int32_t>* const list :
         {&keep_u_, &keep_v_, &threshold_, &bias_, &delay_, &u_, &v_, &refractory_})
      list->assign(std::size_t{block_size} * blocks_of(p.size), 0);
    for (std::uint32_t j = 0; j < p.size; ++j) {
      const CubaLif& neuron = network.neurons[p.first + j];
      keep_u_[j] = decay_one - (neuron.du + 1);
      keep_v_[j] = decay_one - neuron.dv;
      bias_[j] = static_cast<std::int32_t>(neuron.bias());
      threshold_[j] = p.model == ChipModel::cuba_li ? std::numeric_limits<std::int32_t>::max()
                                                    : neuron.vth * (1 << state_shift);
      delay_[j] = neuron.refractory_delay;
    }
  }

  void step(std::uint32_t first, std::uint32_t last, const std::int32_t* a, const std::int32_t*,
            char* rests, MessageSink& sink, PopulationActivity& activity) override {
    // An input beyond 16 bits is to be noted, however often there was one.
    constexpr auto top = static_cast<std::int32_t>(accumulator_limit);
    const Bounds known{std::max(bound(activity.a.min), -top),
                       std::min(bound(activity.a.max), top - 1),
                       bound(activity.u.min),
                       bound(activity.u.max),
                       bound(activity.v.min),
                       bound(activity.v.max)};
    for (std::uint32_t block = first; block < last; ++block) {
      const std::uint32_t begin = block * block_size;
      const std::int32_t* const given = a + begin;
      const std::int32_t* held = given;
      Lanes cut, current, voltage;
      if (semantics_.a != Overflow::keep) {
        for (std::uint32_t k = 0; k < block_size; ++k)
          cut[k] = static_cast<std::int32_t>(fitted(given[k], semantics_.a, input_bits));
        held = cut.data();
      }
      const Outcome outcome = advance(
          u_below_, known, given, held, keep_u_.data() + begin, keep_v_.data() + begin,
          bias_.data() + begin, threshold_.data() + begin, delay_.data() + begin, u_.data() + begin,
          v_.data() + begin, refractory_.data() + begin, current.data(), voltage.data());
      for (std::uint32_t left = outcome.fired; left != 0; left &= left - 1) {
        sink.send(begin + static_cast<std::uint32_t>(std::countr_zero(left)), 1);
        ++activity.spikes;
      }
      // Lanes behind the last neuron are no neurons.
      std::uint32_t notable = outcome.notable;
      if (size_ - begin < block_size) notable &= (1u << (size_ - begin)) - 1;
      for (std::uint32_t left = notable; left != 0; left &= left - 1) {
        const auto k = static_cast<std::uint32_t>(std::countr_zero(left));
        note(given[k], held[k], u_[begin + k], current[k], voltage[k], activity);
      }
      rests[block] = outcome.changed == 0 && outcome.fired == 0 && notable == 0;
    }
  }

  void reset() override {
    for (std::vector<std::int32_t>* const list : {&u_, &v_, &refractory_})
      list->assign(list->size(), 0);
  }

  Registers registers(std::uint32_t neuron) const override {
    if constexpr (refractory)
      return {u_[neuron],
              shown_v({u_[neuron], v_[neuron], refractory_[neuron]}, semantics_.spike_register)};
    return {u_[neuron], v_[neuron]};
  }

 private:
  using Lanes = std::array<std::int32_t, block_size>;
  // The extents so far, of a, u and v.
  struct Bounds {
    std::int32_t a_min, a_max, u_min, u_max, v_min, v_max;
  };
  static std::int32_t bound(std::int64_t extent) {
    constexpr std::int64_t top = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int32_t>(std::clamp(extent, -top, top));
  }

  struct Outcome {
    // By neuron, a bit each: those that fired; those where a register was left, or went further
    // than any before.
    std::uint32_t fired, notable;
    std::int32_t changed;  // 0: no state changed and nothing arrived
  };

  // A block. `given`: a as it arrived, `a`: as the register holds it; `currents` and `voltages`:
  // what u and v would be if their registers were wide enough.
  static Outcome advance(std::int32_t u_below, Bounds known, const std::int32_t* __restrict given,
                         const std::int32_t* __restrict a, const std::int32_t* __restrict keep_u,
                         const std::int32_t* __restrict keep_v, const std::int32_t* __restrict bias,
                         const std::int32_t* __restrict threshold,
                         const std::int32_t* __restrict delay, std::int32_t* __restrict u,
                         std::int32_t* __restrict v, std::int32_t* __restrict hold,
                         std::int32_t* __restrict currents, std::int32_t* __restrict voltages) {
    std::int32_t fired = 0, notable = 0, changed = 0;
    for (std::uint32_t k = 0; k < block_size; ++k) {
      const std::int32_t input = saturate_u ? clamped(a[k], certain) : a[k];
      const auto current =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(decayed_lane(u[k], keep_u[k])) +
                                    (static_cast<std::uint32_t>(input) << state_shift));
      const std::int32_t new_u = u_register(current, u_below);
      std::int32_t voltage = decayed_lane(v[k], keep_v[k]) + new_u + bias[k];
      if constexpr (refractory) voltage &= mask_of(hold[k] <= 1);
      const std::int32_t new_v = v_register(voltage);
      const std::int32_t spike = mask_of(new_v > threshold[k]);
      const std::int32_t next_v = new_v & ~spike;
      changed |= (new_u ^ u[k]) | (next_v ^ v[k]) | given[k];
      if constexpr (refractory) {
        const std::int32_t next = (std::max(hold[k] - 1, 0) & ~spike) | (delay[k] & spike);
        changed |= next ^ hold[k];
        hold[k] = next;
      }
      const std::int32_t further = mask_of(given[k] < known.a_min) |
                                   mask_of(given[k] > known.a_max) | mask_of(new_u < known.u_min) |
                                   mask_of(new_u > known.u_max) | mask_of(new_v < known.v_min) |
                                   mask_of(new_v > known.v_max);
      const std::int32_t left = mask_of(new_u != current) | mask_of(new_v != voltage);
      u[k] = new_u;
      v[k] = next_v;
      currents[k] = current;
      voltages[k] = voltage;
      const auto bit = static_cast<std::int32_t>(1u << k);
      fired |= spike & bit;
      notable |= (further | left) & bit;
    }
    return {static_cast<std::uint32_t>(fired), static_cast<std::uint32_t>(notable), changed};
  }

  static std::int32_t u_register(std::int32_t current, std::int32_t below) {
    return saturate_u ? clamped(current, static_cast<std::int32_t>(v_limit))
                      : wrapped_lane(current, below);
  }
  static std::int32_t v_register(std::int32_t voltage) {
    return wrap_v ? wrapped_lane(voltage, static_cast<std::int32_t>(state_limit))
                  : clamped(voltage, static_cast<std::int32_t>(v_limit));
  }

  // Writes down what happened to a neuron in this step; `held`: a as the register holds it.
  static void note(std::int32_t given, std::int32_t held, std::int32_t u, std::int32_t current,
                   std::int32_t voltage, PopulationActivity& activity) {
    const std::int32_t v = v_register(voltage);
    activity.u_wraps += u != current || held >= certain || held <= -certain;
    activity.v_saturations += v != voltage;
    activity.a_overflows += given < -accumulator_limit || given >= accumulator_limit;
    activity.a.include(given);
    activity.u.include(u);
    activity.v.include(v);
  }

  Semantics semantics_;
  std::uint32_t size_;
  std::int32_t u_below_;
  std::vector<std::int32_t> keep_u_, keep_v_, threshold_, bias_, delay_;
  std::vector<std::int32_t> u_, v_, refractory_;
};

template <bool saturate_u, bool wrap_v>
std::unique_ptr<Cells> make(const ChipNetwork& network, std::uint32_t population,
                            const Semantics& semantics, bool refractory) {
  if (refractory)
    return std::make_unique<CubaLifCells<saturate_u, wrap_v, true>>(network, population, semantics);
  return std::make_unique<CubaLifCells<saturate_u, wrap_v, false>>(network, population, semantics);
}

}  // namespace

std::unique_ptr<Cells> make_cuba_lif_cells(const ChipNetwork& network, std::uint32_t population,
                                           const Semantics& semantics) {
  const ChipPopulation& p = network.populations[population];
  // The counter is kept only where somebody can see it.
  bool refractory = semantics.spike_register == SpikeRegister::refractory_counter;
  for (NeuronId n = p.first; n < p.first + p.size; ++n)
    refractory |= network.neurons[n].refractory_delay > 1;
  if (semantics.u == Overflow::saturate)
    return semantics.v == Overflow::twos_complement
               ? make<true, true>(network, population, semantics, refractory)
               : make<true, false>(network, population, semantics, refractory);
  return semantics.v == Overflow::twos_complement
             ? make<false, true>(network, population, semantics, refractory)
             : make<false, false>(network, population, semantics, refractory);
}

}  // namespace retrograde::loihi2
