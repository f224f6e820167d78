// The arbiter knows the exact times of the spikes that reach a neuron, whatever the run has. References: a
// run of the same neurons one by one (exact_neuron.hpp).
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

using namespace retrograde;

namespace {

// in -> a -> b -> c, and in -> b, c.
Network chain() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto a = builder.add({.name = "a", .size = 1});
  const auto b = builder.add({.name = "b", .size = 1});
  const auto c = builder.add({.name = "c", .size = 1});
  builder.connect(in, a, {{0, 0, 9.0, 0.5}});
  builder.connect(in, b, {{1, 0, 4.0, 0.25}});
  builder.connect(in, c, {{1, 0, 3.0, 0.75}});
  builder.connect(a, b, {{0, 0, 5.0, 1.5}});
  builder.connect(b, c, {{0, 0, 6.0, 0.0}});
  return builder.build();
}

}  // namespace

TEST_CASE("the arbiter works out the spikes upstream, however the run has rounded them") {
  const Network network = chain();
  const Trial trial{60.0, {{1.0, 0}, {2.0, 1}}};
  const auto exactly = [&](NeuronId n, std::vector<ExactDelivery> deliveries) {
    return next_spike_exactly(cuba_lif_neuron(network, n), -never, deliveries, 0.0, 60.0).spike;
  };
  const Time a = exactly(2, {{1.5, 1.5, 9.0}});
  const Time b = exactly(3, {{2.25, 2.25, 4.0}, {a + 1.5, a + 1.5, 5.0}});
  const Time c = exactly(4, {{2.75, 2.75, 3.0}, {b, b, 6.0}});
  REQUIRE(c < 60.0);
  for (const double off : {0.0, 1e-12, -1e-9}) {
    Tape tape;
    tape.duration = 60.0;
    tape.spikes = {{1.0, 0, 0, 0}, {2.0, 0, 0, 1}, {a + off, 0, 0, 2}, {b - 2 * off, 0, 0, 3}};
    const std::vector<Time> errors(4, 2.0 * std::fabs(off));
    const auto ranks = instant_ranks(network);
    Arbiter arbiter(network, ranks, trial);
    const Verdict verdict = arbiter.next_spike(tape, errors, 4, 0.0, 60.0);
    CHECK(verdict.spike == c);
    CHECK(verdict.after == b - 2 * off);  // as the run has it
    CHECK(arbiter.questions() == 1);

    const Time met = b - 2 * off;
    const Verdict taped =
        arbiter.next_spike(tape, errors, 4, 0.0, 60.0, Arbiter::Upstream::as_taped);
    CHECK(taped.spike == exactly(4, {{2.75, 2.75, 3.0}, {met, met, 6.0}}));
    CHECK(arbiter.meets(tape, errors, 4, met - 1e-12, met));
    CHECK_FALSE(arbiter.meets(tape, errors, 4, met + 1e-12, 60.0));
    CHECK_FALSE(arbiter.meets(tape, errors, 2, met, met));
  }
}

TEST_CASE("inputs have rank 0, others count the synapses without delay in a row before them") {
  CHECK(instant_ranks(chain()) == std::vector<std::uint32_t>{0, 0, 1, 1, 2});
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 4});
  builder.connect(in, n, {{0, 0, 1.0, 0.0}, {0, 3, 1.0, 0.0}});
  builder.connect(n, n, {{3, 1, 1.0, 0.0}, {1, 0, 1.0, 0.0}, {3, 0, 1.0, 0.0}, {0, 2, 1.0, 1e-9}});
  CHECK(instant_ranks(builder.build()) == std::vector<std::uint32_t>{0, 3, 2, 1, 1});
}
