// What ranks tell each other after a window: spikes of others, the worst release error, the question that
// comes first in the layer, and the failure that one process would have met.
#include <catch2/catch.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <retrograde/engine/distributed/spike_exchange.hpp>
#include <retrograde/engine/distributed/whole_network.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/thread_ranks.hpp"

using namespace retrograde;
using retrograde::test::ThreadRanks;
using retrograde::test::with_ranks;

namespace {

// Two populations in one layer, of 5 and 4 neurons.
Network two_populations() {
  NetworkBuilder builder;
  const auto a = builder.add({.name = "a", .size = 5}), b = builder.add({.name = "b", .size = 4});
  builder.connect(a, b, {{0, 0, 0.1, 2.0}});
  builder.connect(b, a, {{0, 0, 0.1, 2.0}});
  return std::move(builder).build();
}

struct Meeting {
  Network network;
  NeuronShares shares;
  std::vector<ProjectionExtent> whole;
  WindowPlan plan;
  SpikeExchange exchange;

  explicit Meeting(ThreadRanks& here)
      : network(part_of(two_populations(), {here.rank(), here.size()})),
        shares(here.rank(), here.size()),
        whole(whole_extents(here, network)),
        plan(make_plan(network, whole)),
        exchange(here, shares, network, whole) {
    RunOptions options;
    options.max_rate = 0.5;
    exchange.begin(options);
  }
  const WindowLayer& layer() const { return plan.layers.at(0); }
};

void on(int ranks, const std::function<void(ThreadRanks&)>& body) { with_ranks(ranks, body, body); }

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

TEST_CASE("after a window everybody has the spikes of the others", "[ranks]") {
  on(3, [](ThreadRanks& here) {
    Meeting meeting(here);
    WindowOutcome outcome;
    const auto own = meeting.exchange.own(meeting.layer());
    for (const Stretch& stretch : own)
      for (std::size_t n = stretch.begin; n < stretch.end; ++n)
        outcome.spikes.push_back(
            {1.0 + 0.1 * static_cast<double>(n), 1e-14, static_cast<std::uint32_t>(n)});
    const std::size_t brought = outcome.spikes.size();
    outcome.release_error = 0.25 * here.rank();
    require(!meeting.exchange.meet(meeting.layer(), outcome), "nobody asks");
    require(outcome.spikes.size() + brought == 9, "all nine are somebody's");
    require(outcome.release_error == 0.5, "the worst of all");
    for (const SharedSpike& s : outcome.spikes) {
      require(s.time == 1.0 + 0.1 * s.neuron && s.error == 1e-14, "as it was sent");
      for (const Stretch& stretch : own)
        require(s.neuron < stretch.begin || s.neuron >= stretch.end, "of others alone");
    }
  });
}

TEST_CASE("the question of the lowest neuron comes first", "[ranks]") {
  on(3, [](ThreadRanks& here) {
    Meeting meeting(here);
    WindowOutcome outcome;
    if (here.rank() == 1) outcome.question = {{6, 1.0, 2.0, {}}};
    if (here.rank() == 2) outcome.question = {{4, 1.5, 2.5, {0.25, 0.5}}};
    const auto first = meeting.exchange.meet(meeting.layer(), outcome);
    require(first.has_value() && first->neuron == 4 && first->from == 1.5 && first->known == 2.5 &&
                first->recent == std::vector<Time>{0.25, 0.5},
            "that of neuron 4");
    // Its owner answers, and all know.
    const Time answer = meeting.exchange.worked_out(4, [&] {
      require(meeting.shares.owns(meeting.network, 4), "asked where it is run");
      return 1.75;
    });
    require(answer == 1.75, "the same everywhere");
  });
}

TEST_CASE("the failure is that of one process, or names the rank", "[ranks]") {
  on(3, [](ThreadRanks& here) {
    Meeting meeting(here);
    WindowOutcome outcome;
    const NeuronId neuron = here.rank() == 0 ? 7 : here.rank() == 1 ? 2 : 8;
    outcome.failure =
        std::make_exception_ptr(RunawayError(meeting.network, neuron, 3.0, 40u + neuron, 0.5, ""));
    try {
      meeting.exchange.meet(meeting.layer(), outcome);
      require(false, "it throws");
    } catch (const RunawayError& error) {
      require(error.neuron == 2 && error.spikes == 42 && error.time == 3.0, "the lowest neuron");
      require(
          std::string(error.what()) == RunawayError(meeting.network, 2, 3.0, 42, 0.5, "").what(),
          "in the same words");
    }
    // What is no fault of the network is said of the rank.
    if (here.rank() == 1)
      outcome.failure = std::make_exception_ptr(std::runtime_error("the disk is gone"));
    try {
      meeting.exchange.meet(meeting.layer(), outcome);
      require(false, "it throws");
    } catch (const RankError& error) {
      require(error.rank == 1 && std::string(error.what()) == "rank 1: the disk is gone",
              "names it");
    }
  });
}

TEST_CASE("of two failures the lower neuron's goes first, and what names none before", "[ranks]") {
  const Network network = two_populations();
  const auto runaway = [&](NeuronId n) {
    return std::make_exception_ptr(RunawayError(network, n, 1.0, 9, 0.5));
  };
  const auto a = runaway(3), b = runaway(5), other = std::make_exception_ptr(std::bad_alloc());
  CHECK(first_failure(a, b) == a);
  CHECK(first_failure(b, a) == a);
  CHECK(first_failure(a, other) == other);
  CHECK(first_failure(nullptr, b) == b);
  CHECK(first_failure(b, nullptr) == b);
}
