// What is drawn of a training on a terminal, line by line.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/scenarios/show/text/live_training.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

EpochMetrics metrics(std::uint32_t epoch, double loss, double accuracy) {
  EpochMetrics m;
  m.epoch = epoch;
  m.train_loss = loss;
  m.train_accuracy = accuracy - 0.5;
  m.validation_loss = loss + 1;
  m.validation_accuracy = accuracy;
  m.spikes_per_neuron = 1.5;
  m.silent_neurons = 4;
  m.forward_rate = 2000;
  m.backward_rate = 3000;
  m.seconds = 2;
  return m;
}

// Three of four epochs are over, and the fourth is half done.
LiveTraining three_epochs(bool validated = true) {
  LiveTraining live;
  const std::vector<EpochMetrics> before = {metrics(1, 0.8, 0.6)};
  live.begin({"epoch", 4, validated, before});
  for (const EpochMetrics& m : {metrics(2, 0.4, 0.9), metrics(3, 0.2, 0.7)})
    live.add({"epoch", 4, m, validated, {"hidden"}, nullptr, 6.0});
  return live;
}

EpochProgress half_of_the_fourth() {
  EpochProgress p;
  p.epoch = 4;
  p.epochs = 4;
  p.share = 0.5;
  p.loss = 0.25;
  p.accuracy = 0.75;
  p.activity = {2.5, 1, 20, {}};
  p.deliveries_per_s = 15'300'000;
  p.seconds_left = 3.0;
  return p;
}

constexpr Terminal plain{true, false, true, 80, 24};

}  // namespace

TEST_CASE("a bar fills from the left in eighths of a cell, in halves of ASCII") {
  CHECK(bar(0, 4, true) == "    ");
  CHECK(bar(1, 4, true) == "████");
  CHECK(bar(0.5, 4, true) == "██  ");
  CHECK(bar(1.0 / 32, 4, true) == "▏   ");
  CHECK(bar(0.25 + 7.0 / 32, 4, true) == "█▉  ");
  CHECK(bar(0.375, 4, false) == "=-  ");
  CHECK(bar(2, 4, true) == "████");
  CHECK(bar(-1, 4, true) == "    ");
  CHECK(bar(not_a_number, 2, true) == "  ");
}

TEST_CASE("a sparkline goes from the lowest to the highest value") {
  CHECK(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8, true) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline({7, 0}, 8, true) == "█▁");
  CHECK(sparkline({0, 1, 2, 3}, 8, false) == "_.-^");
  CHECK(sparkline({3, 3, 3}, 8, true) == "▅▅▅");
  CHECK(sparkline({0, not_a_number, 1, INFINITY}, 8, true) == "▁ █ ");
  CHECK(sparkline({}, 8, true).empty());
}

TEST_CASE("a sparkline of more values than cells shows means, one of large falls the logarithm") {
  CHECK(sparkline({0, 0, 2, 2, 6, 8}, 3, true) == "▁▃█");  // 0, 2, 7
  CHECK(sparkline({100, 10, 1}, 3, true) == "█▅▁");        // straight: "█▁▁"
  CHECK(sparkline({10, 5.5, 1}, 3, true) == "█▅▁");
}

TEST_CASE("a training on a terminal is drawn in five lines") {
  const EpochProgress now = half_of_the_fourth();
  CHECK(three_epochs().lines(plain, &now) ==
        std::vector<std::string>{
            "epoch 4/4     ████████           50 %  3.0 s left",
            "all           ██████████████     88 %  3.0 s left",
            "loss          █▃▁               0.2000 training, 1.2000 validation",
            "accuracy      ▁█▃               70.00 % validation, best 90.00 % in epoch 2",
            "2.50 spikes/neuron  1 silent  15.3M deliveries/s"});
}

TEST_CASE("after an epoch the lines say how long it took, and what it was like") {
  const std::vector<std::string> lines = three_epochs().lines(plain, nullptr);
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines[0], Contains("epoch 3/4     ████████████████  took 2.0 s"));
  CHECK_THAT(lines[1], Contains("████████████       75 %  6.0 s left"));
  CHECK(lines[4] ==
        "1.50 spikes/neuron  4 silent (all of hidden)  2000 deliveries/s forward, 3000 "
        "backward");
  LiveTraining whole = three_epochs();
  const EpochMetrics last = metrics(4, 0.1, 0.8);
  whole.add({"epoch", 4, last, true, {}, nullptr, 0.0});
  CHECK_THAT(whole.lines(plain, nullptr)[1], Contains("████████████████  took 8.0 s"));
}

TEST_CASE("time left of an epoch is its share of what is left of all") {
  LiveTraining live;
  live.begin({"epoch", 3, true, {}});
  EpochProgress p = half_of_the_fourth();
  p.epoch = 1;
  p.epochs = 3;
  p.seconds_left = 10;  // for two and a half epochs
  const std::vector<std::string> lines = live.lines(plain, &p);
  CHECK_THAT(lines[0], Contains("2.0 s left"));
  CHECK_THAT(lines[1], Contains("17 %  10 s left"));
  CHECK_THAT(lines[2], Contains("loss  ") && Contains("0.2500 so far"));
  CHECK_THAT(lines[3], Contains("75.00 % so far"));
}

TEST_CASE("without a validation part the training part is shown, without labels no accuracy") {
  CHECK_THAT(three_epochs(false).lines(plain, nullptr)[3],
             Contains("20.00 % training, best 40.00 % in epoch 2"));
  LiveTraining live;
  EpochMetrics m = metrics(1, 0.5, 0.5);
  m.train_accuracy = m.validation_accuracy = std::nullopt;
  live.begin({"epoch", 2, true, {}});
  live.add({"epoch", 2, m, true, {}, nullptr, 1.0});
  const std::vector<std::string> lines = live.lines(plain, nullptr);
  REQUIRE(lines.size() == 4);
  for (const std::string& line : lines) CHECK_THAT(line, !Contains("accuracy"));
}

TEST_CASE(
    "lines are as wide as the terminal, have colours where it has them, and ASCII elsewhere") {
  const EpochProgress now = half_of_the_fourth();
  for (const std::size_t width : {70u, 80u, 200u, 1000u})
    for (const std::string& line : three_epochs().lines({true, false, true, width, 24}, &now))
      CHECK(columns_of(line) < std::max<std::size_t>(width, 80));
  const std::string colored = three_epochs().lines({true, true, true, 80, 24}, &now)[0];
  CHECK_THAT(colored, Contains("\033[36m████████        \033[0m"));
  CHECK(columns_of(colored) == columns_of(three_epochs().lines(plain, &now)[0]));
  for (const std::string& line : three_epochs().lines({true, false, false, 80, 24}, &now))
    for (const char c : line) CHECK(static_cast<unsigned char>(c) < 0x80);
}
