// The two queues of the sequential schedulers against a sorted list: same order, whatever was
// pushed when.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

#include <retrograde/events/queue.hpp>

using namespace retrograde;

namespace {

std::vector<QueuedDelivery> many_arrivals(std::mt19937_64& random, std::size_t count) {
  std::vector<QueuedDelivery> arrivals;
  std::uniform_int_distribution<std::uint32_t> small(0, 4);  // small: ties in every field
  for (std::size_t k = 0; k < count; ++k)
    arrivals.push_back({0.5 * small(random), small(random), small(random), static_cast<SpikeId>(k),
                        small(random)});
  return arrivals;
}

template <Direction direction>
std::vector<SpikeId> drained(const std::vector<QueuedDelivery>& arrivals) {
  DeliveryQueue<direction> queue;
  for (const QueuedDelivery& a : arrivals) queue.push(a);
  std::vector<SpikeId> order;
  for (; !queue.empty(); queue.pop()) order.push_back(queue.top().spike);
  return order;
}

}  // namespace

TEST_CASE("the forward queue hands out arrivals in the order of events, however they were pushed") {
  std::mt19937_64 random(3);
  auto arrivals = many_arrivals(random, 400);
  auto sorted = arrivals;
  std::sort(sorted.begin(), sorted.end(),
            [](const QueuedDelivery& a, const QueuedDelivery& b) { return a.key() < b.key(); });
  for (int round = 0; round < 5; ++round) {
    std::shuffle(arrivals.begin(), arrivals.end(), random);
    const auto order = drained<Direction::forward>(arrivals);
    REQUIRE(order.size() == sorted.size());
    for (std::size_t k = 0; k < order.size(); ++k) REQUIRE(order[k] == sorted[k].spike);
  }
}

TEST_CASE("the backward queue hands out the same arrivals in exactly the opposite order") {
  std::mt19937_64 random(4);
  const auto arrivals = many_arrivals(random, 400);
  auto order = drained<Direction::backward>(arrivals);
  std::reverse(order.begin(), order.end());
  CHECK(order == drained<Direction::forward>(arrivals));
}

TEST_CASE("a cleared queue is empty and can be used again") {
  DeliveryQueue<Direction::forward> queue;
  queue.reserve(8);
  queue.push({1.0, 0, 0, 0, 0});
  queue.clear();
  REQUIRE(queue.empty());
  queue.push({2.0, 1, 0, 0, 0});
  CHECK(queue.top().time == 2.0);
}

TEST_CASE("no emission is expected at first: the time is never") {
  const EmissionQueue queue(3);
  CHECK(queue.empty());
  CHECK(queue.time() == never);
}

TEST_CASE("a new expectation replaces the old one, never takes it back") {
  EmissionQueue queue(2);
  queue.expect(0, 5.0);
  queue.expect(1, 6.0);
  queue.expect(0, 9.0);  // later
  CHECK(queue.neuron() == 1);
  queue.expect(0, 1.0);  // sooner
  CHECK(queue.neuron() == 0);
  CHECK(queue.time() == 1.0);
  queue.expect(0, never);
  CHECK(queue.neuron() == 1);
  queue.expect(1, never);
  CHECK(queue.empty());
  queue.expect(1, never);  // expecting nothing twice is nothing
  CHECK(queue.empty());
}

TEST_CASE("of emissions expected at one instant the lower neuron is first") {
  EmissionQueue queue(5);
  for (const NeuronId n : {3u, 1u, 4u, 2u}) queue.expect(n, 2.0);
  for (const NeuronId n : {1u, 2u, 3u, 4u}) {
    REQUIRE(queue.neuron() == n);
    queue.expect(n, never);
  }
}

TEST_CASE("of emissions expected at one instant the lower rank is first, then the lower neuron") {
  const std::vector<std::uint32_t> ranks = {2, 0, 1, 0, 1};
  EmissionQueue queue(5, ranks);
  for (const NeuronId n : {0u, 1u, 2u, 3u, 4u}) queue.expect(n, 2.0);
  queue.expect(0, 1.0);  // sooner comes before rank
  for (const NeuronId n : {0u, 1u, 3u, 2u, 4u}) {
    REQUIRE(queue.neuron() == n);
    CHECK(queue.rank() == ranks[n]);
    queue.expect(n, never);
  }
}

TEST_CASE("the emissions up to a time are those expected by then, soonest first") {
  EmissionQueue queue(4);
  queue.expect(2, 1.0);
  queue.expect(0, 3.0);
  queue.expect(3, 2.0);
  CHECK(queue.until(0.5).empty());
  CHECK(queue.until(2.0) == std::vector<NeuronId>{2, 3});
  CHECK(queue.until(never) == std::vector<NeuronId>{2, 3, 0});
}

TEST_CASE("expected emissions agree with a sorted list through ten thousand random changes") {
  std::mt19937_64 random(5);
  EmissionQueue queue(50);
  std::map<NeuronId, Time> reference;
  std::uniform_int_distribution<NeuronId> neuron(0, 49);
  std::uniform_int_distribution<int> time(0, 20);
  for (int change = 0; change < 10000; ++change) {
    const NeuronId n = neuron(random);
    const int t = time(random);
    if (t == 0) {
      queue.expect(n, never);
      reference.erase(n);
    } else {
      queue.expect(n, t);
      reference[n] = t;
    }
    REQUIRE(queue.empty() == reference.empty());
    if (reference.empty()) continue;
    const auto first =
        std::min_element(reference.begin(), reference.end(), [](const auto& a, const auto& b) {
          return a.second != b.second ? a.second < b.second : a.first < b.first;
        });
    REQUIRE(queue.neuron() == first->first);
    REQUIRE(queue.time() == first->second);
  }
}
