// Training with a structure that is learned gives the same bits for any number of threads, and after
// being stopped anywhere and resumed from a file.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <tbb/global_control.h>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::ScratchFolder;
using retrograde::test::TinyTask;

namespace {

constexpr std::uint32_t epochs = 3;

// With all that a structure may have to remember.
StructureSpec elaborate(StructureRule rule) {
  StructureSpec spec;
  apply(rule, spec);
  spec.projections = {1, 1, 0};
  spec.density = 0.4;
  spec.l1 = 0.02;
  if (rule == StructureRule::deep_r) {
    spec.temperature = 1e-6;
    spec.delay = GrownDelay::drawn;
    spec.delay_min = 1.0;
    spec.delay_max = 9.0;
  } else if (rule == StructureRule::rigl) {
    spec.every = 3;
    spec.until = 2.5;
    spec.fraction = 0.6;
    spec.sample = 9;
    spec.delay = GrownDelay::best;
    spec.delay_min = 1.0;
    spec.delay_max = 9.0;
    spec.delay_step = 2.0;
  } else {
    spec.keep_crossed = true;
    spec.density = 0.6;  // so many synapses, most of them excitatory, that delays have gradients
    spec.excitatory = 0.9;
    spec.l1 = 0.05;
    spec.signs = Signs::synapse;
    spec.budget = Budget::network;
  }
  return spec;
}

struct Structured {
  TinyTask task;
  std::shared_ptr<const StructurePlan> plan;
  explicit Structured(const StructureSpec& spec)
      : plan(std::make_shared<const StructurePlan>(Pairs(task.network, task.learning), spec, 5)) {
    task.options.dropout = {0.0, 0.2, 0.0};
  }
  std::unique_ptr<Trainer> trainer() const {
    return std::make_unique<Trainer>(plan->network(), plan->learning(), task, *task.loss,
                                     task.options, nullptr, plan);
  }
};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

bool same_state(const TrainerState& a, const TrainerState& b) {
  return same_bits(a.values, b.values) && a.synapses == b.synapses &&
         same_bits(a.adam.first_moment, b.adam.first_moment) &&
         same_bits(a.adam.second_moment, b.adam.second_moment) && a.remembered == b.remembered;
}

TrainerState trained(const Structured& s, int threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  const auto trainer = s.trainer();
  while (trainer->epoch() < epochs) trainer->run_epoch();
  return trainer->state();
}

}  // namespace

TEST_CASE("a learned structure has the same bits on 1, 2 and 7 threads") {
  for (const StructureRule rule :
       {StructureRule::deep_r, StructureRule::rigl, StructureRule::deep_r_rigl}) {
    CAPTURE(static_cast<int>(rule));
    const Structured s(elaborate(rule));
    const TrainerState one = trained(s, 1);
    CHECK(same_state(one, trained(s, 2)));
    CHECK(same_state(one, trained(s, 7)));
    CHECK(one.synapses != s.plan->taken());
    // Delays that were learned, and moments.
    if (rule == StructureRule::deep_r_rigl) {
      CHECK(std::any_of(one.remembered.begin(), one.remembered.end(), [&](const Remembered& r) {
        return r.delay != s.plan->pairs().synapse(r.pair).delay;
      }));
      CHECK(std::any_of(one.remembered.begin(), one.remembered.end(),
                        [](const Remembered& r) { return r.first_moment != 0.0; }));
    }
  }
}

TEST_CASE(
    "a learned structure stopped after any batch and resumed from a file equals one that was not") {
  for (const StructureRule rule :
       {StructureRule::deep_r, StructureRule::rigl, StructureRule::deep_r_rigl}) {
    CAPTURE(static_cast<int>(rule));
    const Structured s(elaborate(rule));
    const TrainerState whole = trained(s, 2);
    const ScratchFolder folder;
    const std::string path = (folder / "checkpoint.bin").string();
    for (const int stop_after : {1, 3, 7, 9, 12, 16}) {
      CAPTURE(stop_after);
      {
        const auto trainer = s.trainer();
        int batches = 0;
        while (trainer->epoch() < epochs &&
               trainer->run_epoch([&](const SetResult&) { return ++batches < stop_after; })) {
        }
        REQUIRE(trainer->epoch() < epochs);
        Checkpoint checkpoint;
        checkpoint.layout = s.plan->network().layout();
        checkpoint.pairs = s.plan->pairs().count();
        checkpoint.trainer = trainer->state();
        write_checkpoint(path, checkpoint);
      }
      const auto resumed = s.trainer();
      resumed->restore(read_checkpoint(path).trainer);
      while (resumed->epoch() < epochs) resumed->run_epoch();
      CHECK(same_state(whole, resumed->state()));
      CHECK(whole.epoch_result.grown == resumed->state().epoch_result.grown);
    }
  }
}
