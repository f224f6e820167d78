// Lines of progress: what they say, and that they say nothing where there is nothing to say.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/show/text/training_lines.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

EpochProgress half_an_epoch() {
  EpochProgress p;
  p.epoch = 3;
  p.epochs = 12;
  p.share = 0.5;
  p.loss = 0.25;
  p.activity = {1.5, 4, 20, {}};
  p.deliveries_per_s = 15'300'000;
  p.seconds_left = 12.0;
  return p;
}

EpochMetrics metrics() {
  EpochMetrics m;
  m.epoch = 3;
  m.train_loss = 0.25;
  m.spikes_per_neuron = 1.5;
  m.silent_neurons = 4;
  m.forward_rate = 2000.0;
  m.backward_rate = 3000.0;
  m.seconds = 1.0;
  return m;
}

}  // namespace

TEST_CASE("the line within an epoch") {
  EpochProgress p = half_an_epoch();
  CHECK(line_of(p) ==
        "epoch 3/12   50 %  loss 0.2500  1.50 spikes/neuron  4 silent  15.3M deliveries/s  12 s "
        "left");
  p.accuracy = 0.5;
  p.best_validation = 0.0;  // bad, but known
  p.grazing.grazing = 7;
  p.silent = {"hidden", "out"};
  CHECK(line_of(p) ==
        "epoch 3/12   50 %  loss 0.2500  train 50.00 %  best epoch's validation  0.00 %  1.50 "
        "spikes/neuron  4 silent (all of hidden, out)  7 grazing  15.3M deliveries/s  12 s left");
}

TEST_CASE("the line of an epoch that has ended") {
  EpochMetrics m = metrics();
  EpochReport r{"fine-tuning epoch", 12, m, false, {}, nullptr, 9.0};
  CHECK(line_of(r) ==
        "fine-tuning epoch  3/12  loss 0.2500  1.50 spikes/neuron  4 silent  2000 deliveries/s "
        "forward, 3000 backward  1.0 s  9.0 s left");
  m.train_accuracy = 1.0;
  m.validation_accuracy = 0.0;
  m.validation_loss = 0.75;
  r.validated = true;
  CHECK_THAT(line_of(r), Contains("loss 0.2500  train 100.00 %  validation  0.00 %  1.50"));
  // Without labels the validation part still has a loss.
  m.train_accuracy = m.validation_accuracy = std::nullopt;
  CHECK_THAT(line_of(r),
             Contains("loss 0.2500  validation loss 0.7500  1.50") && !Contains("train "));
  SelfCheck check;
  check.worst = {"amplitude", 1e-12, 1.0, 0, {}};
  r.self_check = &check;
  CHECK_THAT(line_of(r), Contains("identities 1.0e-12  ") && !Contains("VIOLATED"));
  check.violated = 1;
  CHECK_THAT(line_of(r), Contains("identities 1.0e-12 VIOLATED"));
}
