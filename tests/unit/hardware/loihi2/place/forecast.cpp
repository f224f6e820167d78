// A forecast worked out by hand, from counts of events that are given. Its other tests are in
// tests/unit/hardware/cost_model.cpp.
#include <catch2/catch.hpp>

#include <retrograde/hardware/loihi2/place/forecast.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// Known within a factor of four, or exactly; the middle of 1 .. 4 is 2.
Constant between(double low, double high) { return {{low, high}, Evidence::published, "the test"}; }

// Nothing measured, so that the constants speak for themselves. ms, mJ and W.
ChipProfile profile() {
  ChipProfile p;
  p.time = {between(1, 4), between(2, 2), between(3, 3), between(4, 16), between(5, 5)};
  p.energy.neuron_update = between(1, 4);
  p.energy.synaptic_operation = between(10, 40);
  p.energy.message = between(100, 400);
  p.energy.hop_x = between(1000, 4000);
  p.energy.hop_y = between(10000, 40000);
  p.energy.static_power = between(0.25, 1);
  return p;
}

// Population 0 is an input, 1 lies on one core.
Mapping one_core() {
  Mapping mapping;
  mapping.cores.resize(1);
  mapping.cores[0].population = 1;
  mapping.first_core = {0, 0, 1};
  return mapping;
}

Workload work(const std::vector<StepLoad>& chip) {
  Workload w;
  w.steps = static_cast<std::uint32_t>(chip.size());
  w.chip = chip;
  w.population.resize(2);
  w.population[1] = chip;
  for (StepLoad& load : w.population[1]) load.messages = 0;  // links are the chip's
  w.cores.resize(1);
  return w;
}

}  // namespace

// Middles: an update 2 ms, an operation 2, a word 3, a message 8, the barrier 5.
TEST_CASE("a forecast is the slowest term of every step and all events, by hand",
          "[loihi2][cost]") {
  // First trial, two steps: max(3 x 2, 5 x 2, 2 x 3, 4 x 8, 5) = 32 ms by messages, and
  // max(3 x 2, 5) = 6 ms by updates. Second trial, one step: max(2 x 2, 1 x 2, 1 x 3, 5) = 5 ms.
  Workload first = work({{3, 5, 2, 4}, {3, 0, 0, 0}}), second = work({{2, 1, 1, 0}});
  first.updates = 6;
  first.operations = 5;
  first.words = 2;
  first.spikes = 7;
  first.input_spikes = 1;
  first.messages = 4;
  first.hops_x = 3;
  first.hops_y = 2;
  first.hottest_link = 3;
  first.cores[0] = {6, 5, 2, 0, 4};
  second.updates = 2;
  second.operations = 1;
  second.words = 1;
  second.input_spikes = 1;
  second.messages = 2;
  second.hops_y = 1;
  second.cores[0] = {2, 1, 1, 0, 2};
  const Forecast f = forecast(fit_costs(profile()), one_core(), {first, second});

  CHECK(f.trials == 2);
  CHECK(f.steps == 1.5);
  CHECK(f.updates == 4);
  CHECK(f.operations == 3);
  CHECK(f.words == 1.5);
  CHECK(f.spikes == 3.5);
  CHECK(f.input_spikes == 1);
  CHECK(f.messages == 3);
  CHECK(f.hops == 3);
  CHECK(f.hottest_link == 1.5);
  REQUIRE(f.cores.size() == 1);
  CHECK(f.cores[0].updates == 4);
  CHECK(f.cores[0].operations == 3);
  CHECK(f.cores[0].words == 1.5);
  CHECK(f.cores[0].sent == 0);
  CHECK(f.cores[0].received == 3);

  // (32 + 6 + 5) / 2. Low: max(3, 10, 6, 16, 5) + max(3, 5) + 5 = 26, high: max(12, 10, 6, 64, 5) +
  // max(12, 5) + max(8, 2, 3, 5) = 84.
  CHECK(f.time.value == 21.5);
  CHECK(f.floor == Interval{13, 42});
  CHECK(f.time.range == f.floor);
  CHECK(f.bound_by[static_cast<int>(Term::messages)] == Approx(1.0 / 3));
  CHECK(f.bound_by[static_cast<int>(Term::updates)] == Approx(1.0 / 3));
  CHECK(f.bound_by[static_cast<int>(Term::barrier)] == Approx(1.0 / 3));

  // Middles 2, 20, 200, 2000 and 20000 mJ: 6 x 2 + 5 x 20 + 4 x 200 + 3 x 2000 + 2 x 20000 and
  // 2 x 2 + 1 x 20 + 2 x 200 + 1 x 20000, the mean of 46912 and 20424. Ends: half and twice that.
  CHECK(f.dynamic_energy.value == 33668);
  CHECK(f.dynamic_energy.range == Interval{16834, 67336});
  // 0.5 W for 21.5 ms; 0.25 W for 13 ms to 1 W for 42 ms.
  REQUIRE(f.static_energy);
  CHECK(f.static_energy->value == 10.75);
  CHECK(f.static_energy->range == Interval{3.25, 42});
  CHECK_FALSE(f.io_energy);
  CHECK(f.total_energy.value == 33678.75);
  CHECK(f.total_energy.range == Interval{16837.25, 67378});
  CHECK(f.energy_delay.value == 33678.75 * 21.5);
  CHECK(f.energy_delay.range == Interval{16837.25 * 13, 67378.0 * 42});

  // The layer, without links, per step of three: updates (6 + 6 + 4) / 3, operations (10 + 2) / 3,
  // words (6 + 3) / 3, the barrier 5. Updates are the largest, and not for certain: at 1 ms each
  // they are 8 in all, the barriers 15.
  REQUIRE(f.layers.size() == 1);
  CHECK(f.layers[0].population == 1);
  const double terms[] = {16.0 / 3, 4, 3, 0, 5};
  for (int k = 0; k < term_count; ++k) CHECK(f.layers[0].terms[k] == Approx(terms[k]));
  CHECK(f.layers[0].binding == Term::updates);
  CHECK_FALSE(f.layers[0].certain);

  // At 2 ms at least they are 16 in all against 15 of barriers, 12 of operations and 9 of words.
  ChipProfile known = profile();
  known.time.neuron_update = between(2, 4);
  CHECK(forecast(fit_costs(known), one_core(), {first, second}).layers[0].certain);
}

TEST_CASE("a fitted time is known within its error, and never less than every step takes at least",
          "[loihi2][cost]") {
  // One step of 3 updates at 1 to 4 ms, of 2 in the middle: 6 ms, the barrier 5 ms, and no less.
  const auto time = [](double error, double overhead) {
    CostModel model = fit_costs(profile());
    model.estimate.overhead = overhead;
    model.time_fit.fitted = true;
    model.time_fit.points = {{"the test", "a", 1.0, 1.0, error}};
    return forecast(model, one_core(), {work({{3, 0, 0, 0}})});
  };
  CHECK(time(10.0, 0.0).floor == Interval{5, 12});
  CHECK(time(10.0, 0.0).time.value == 6.0);
  CHECK(time(10.0, 0.0).time.range == Interval{5, 60});
  CHECK(time(1.0, 0.0).time.range == Interval{6, 6});
  // 6 + 6 ms within a factor of 2.
  CHECK(time(2.0, 6.0).time.range == Interval{6, 24});
}
