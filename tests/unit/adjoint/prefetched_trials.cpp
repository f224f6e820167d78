// Trials that are made ahead are the trials, whoever asks and when, and each of them is made once.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/prefetched_trials.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/network/network.hpp>

using namespace retrograde;

namespace {

// One spike each, at a time that tells index and epoch.
class Counted final : public LabelledTrials {
 public:
  explicit Counted(Time first) : first_(first), shown_(30) {}
  std::size_t size() const override { return shown_.size(); }
  Trial trial(std::size_t index) const override { return of(index, 0); }
  int label(std::size_t) const override { return 0; }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    ++shown_[index];
    return of(index, epoch + 1);
  }
  Trial of(std::size_t index, std::uint32_t epoch) const {
    return {20.0, {{first_ + 0.1 * static_cast<double>(index) + 0.01 * epoch, 0}}};
  }
  int times_shown() const {
    int sum = 0;
    for (const std::atomic<int>& one : shown_) sum += one;
    return sum;
  }

 private:
  Time first_;
  mutable std::vector<std::atomic<int>> shown_;
};

Time time_of(const Trial& trial) { return trial.inputs.at(0).time; }

}  // namespace

TEST_CASE("trials made ahead are those of their index and epoch, made once", "[adjoint]") {
  const Counted all(1.0);
  PrefetchedTrials ahead(all);
  const std::vector<std::uint32_t> first{9, 4, 21, 0}, second{3, 8, 5}, third{21, 2};
  const auto check = [&](std::uint32_t epoch) {
    for (std::size_t k = 0; k < all.size(); ++k)
      CHECK(time_of(ahead.shown(k, epoch)) == time_of(all.of(k, epoch + 1)));
  };
  check(0);
  ahead.prefetch(first, 2);
  check(2);
  check(1);
  ahead.prefetch(second, 2);
  check(2);  // this batch and the next one
  ahead.prefetch(third, 3);
  check(3);
  check(2);
  CHECK(time_of(ahead.trial(7)) == time_of(all.trial(7)));

  const Counted once(1.0);
  PrefetchedTrials of_once(once);
  of_once.prefetch(first, 0);
  of_once.prefetch(second, 0);
  for (const std::uint32_t k : first) of_once.shown(k, 0);
  of_once.prefetch(third, 1);
  for (const std::uint32_t k : second) of_once.shown(k, 0);
  for (const std::uint32_t k : third) of_once.shown(k, 1);
  CHECK(once.times_shown() == static_cast<int>(first.size() + second.size() + third.size()));
}

TEST_CASE("gradients over trials made ahead are those over the trials", "[adjoint]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto h = builder.add({.name = "h", .size = 2, .tau_mem = {9.0}, .tau_syn = {4.0}});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
  builder.connect(in, h, {{0, 0, 6.0, 1.0}, {0, 1, 7.0, 1.5}});
  builder.connect(h, out, {{0, 0, 1.0, 1.0}, {1, 1, 0.7, 1.5}});
  const Network network = std::move(builder).build();
  const auto loss = make_loss(VoltageCrossEntropySpec{out, TimeWeight()});
  const Counted one(1.0), other(5.0);  // which outlive the sources
  TapeGradients ahead(Scheduler::automatic, make_cpu_device()), here(Scheduler::windowed);
  const std::vector<std::vector<std::uint32_t>> batches{{1, 5, 2}, {7, 3, 9}, {4, 1, 8}};
  const auto check = [&](const LabelledTrials& trials, std::uint32_t epoch) {
    for (std::size_t b = 0; b < batches.size(); ++b) {
      CAPTURE(epoch, b);
      GradientOptions options;
      options.run.readout = loss->readout();
      options.epoch = epoch;
      options.groups = 3;
      BatchGradient found, expected;
      here.make(network, trials, batches[b], *loss, options, expected);
      options.next = batches[(b + 1) % batches.size()];
      ahead.make(network, trials, batches[b], *loss, options, found);
      CHECK(found.sum == expected.sum);
      CHECK(found.results[0].loss == expected.results[0].loss);
    }
  };
  check(one, 0);
  check(one, 1);
  check(other, 1);
  check(one, 1);
}
