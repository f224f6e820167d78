// Where populations go and how their clocks are off, by hand from what layout.hpp defines.
#include <catch2/catch.hpp>

#include <retrograde/hardware/xylo/deploy/layout.hpp>

using namespace retrograde;
using namespace retrograde::xylo;

namespace {

class Builder {
 public:
  std::uint32_t input(std::uint32_t size) {
    return builder_.add({.name = "in", .model = Model::input, .size = size});
  }
  std::uint32_t add(const char* name, std::uint32_t size, Model model = Model::cuba_lif) {
    return builder_.add({.name = name, .model = model, .size = size});
  }
  // All to all, delays of so many ms, the last synapse another one.
  void connect(std::uint32_t from, std::uint32_t to, std::uint32_t sources, std::uint32_t targets,
               Time delay, Time last = -1.0) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j) synapses.push_back({i, j, 1.0, delay});
    if (last >= 0.0) synapses.back().delay = last;
    builder_.connect(from, to, std::move(synapses));
  }
  Layout lay_out(Time step = 1.0) const { return xylo::lay_out(builder_.build(), step); }

 private:
  NetworkBuilder builder_;
};

}  // namespace

TEST_CASE("what hidden neurons alone feed and what feeds nobody is output neurons") {
  Builder b;
  const auto in = b.input(3), hidden = b.add("hidden", 10), out = b.add("out", 2, Model::cuba_li);
  b.connect(in, hidden, 3, 10, 0.0);
  b.connect(hidden, hidden, 10, 10, 1.0);
  b.connect(hidden, out, 10, 2, 1.0);
  const Layout l = b.lay_out();
  CHECK(l.seats[in].kind == Kind::channel);
  CHECK(l.seats[hidden].kind == Kind::hidden);
  CHECK(l.seats[out].kind == Kind::output);
  CHECK(l.channels == 3);
  CHECK(l.hidden == 10);
  CHECK(l.outputs == 2);
  CHECK(l.input_window == 10);
  CHECK(l.readout_window == 10);
  CHECK(l.lost.empty());
  CHECK(l.earliest == 0);
}

TEST_CASE("what a channel feeds is hidden neurons, also where it feeds nobody") {
  Builder b;
  const auto in = b.input(3), out = b.add("out", 2, Model::cuba_li);
  b.connect(in, out, 3, 2, 0.0);
  CHECK(b.lay_out().seats[out].kind == Kind::hidden);
}

TEST_CASE("layers that channels reach come first, those that reach outputs last") {
  Builder b;
  const auto in = b.input(2), late = b.add("late", 20), middle = b.add("middle", 30),
             early = b.add("early", 40), out = b.add("out", 2);
  b.connect(in, early, 2, 40, 0.0);
  b.connect(early, middle, 40, 30, 1.0);
  b.connect(middle, late, 30, 20, 1.0);
  b.connect(late, out, 20, 2, 1.0);
  const Layout l = b.lay_out();
  CHECK(l.seats[early].first == 0);
  CHECK(l.seats[middle].first == 40);
  CHECK(l.seats[late].first == 70);
  CHECK(l.hidden == 90);
  CHECK(l.input_window == 40);
  CHECK(l.readout_window == 20);
}

TEST_CASE("those that do both come after those that do neither") {
  Builder b;
  const auto in = b.input(2), both = b.add("both", 20), neither = b.add("neither", 30),
             first = b.add("first", 40), out = b.add("out", 2);
  b.connect(in, both, 2, 20, 0.0);
  b.connect(in, first, 2, 40, 0.0);
  b.connect(first, neither, 40, 30, 1.0);
  b.connect(neither, both, 30, 20, 1.0);
  b.connect(both, out, 20, 2, 1.0);
  const Layout l = b.lay_out();
  CHECK(l.seats[first].first == 0);
  CHECK(l.seats[neither].first == 40);
  CHECK(l.seats[both].first == 70);
  CHECK(l.input_window == 90);
  CHECK(l.readout_window == 20);
}

TEST_CASE(
    "a delay from a channel is rounded, one from a neuron counts from a quarter of its step") {
  const auto offsets = [](Time delay) {
    Builder b;
    const auto in = b.input(2), hidden = b.add("hidden", 4), out = b.add("out", 2);
    b.connect(in, hidden, 2, 4, delay);
    b.connect(hidden, out, 4, 2, delay);
    const Layout l = b.lay_out();
    return std::pair(l.seats[hidden].offset, l.seats[out].offset - l.seats[hidden].offset);
  };
  CHECK(offsets(0.2) == std::pair(0, -1));
  CHECK(offsets(0.3) == std::pair(0, 0));
  CHECK(offsets(0.6) == std::pair(1, 0));
  CHECK(offsets(1.3) == std::pair(1, 1));
}

TEST_CASE("a delay that a projection shares is another clock, and nothing is lost") {
  Builder b;
  const auto in = b.input(2), hidden = b.add("hidden", 4), out = b.add("out", 2);
  b.connect(in, hidden, 2, 4, 7.0);
  b.connect(hidden, out, 4, 2, 3.0);
  const Layout l = b.lay_out();
  CHECK(l.seats[hidden].offset == 7);
  CHECK(l.seats[out].offset == 9);  // round(3 + 0.25) - 1 later
  CHECK(l.lost.empty());
}

TEST_CASE("without a delay a layer lags one step behind the exact one") {
  Builder b;
  const auto in = b.input(2), hidden = b.add("hidden", 4), out = b.add("out", 2);
  b.connect(in, hidden, 2, 4, 0.0);
  b.connect(hidden, out, 4, 2, 0.0);
  const Layout l = b.lay_out();
  CHECK(l.seats[hidden].offset == 0);
  CHECK(l.seats[out].offset == -1);
  CHECK(l.earliest == -1);
}

TEST_CASE("delays that differ within a projection are lost but for the most frequent one") {
  Builder b;
  const auto in = b.input(2), hidden = b.add("hidden", 4), out = b.add("out", 2);
  b.connect(in, hidden, 2, 4, 2.0, 3.0);
  b.connect(hidden, hidden, 4, 4, 5.0, 0.1);
  b.connect(hidden, out, 4, 2, 1.0);
  const Layout l = b.lay_out();
  CHECK(l.seats[hidden].offset == 2);
  REQUIRE(l.lost.size() == 2);
  CHECK(l.lost[0].synapses == 8);
  CHECK(l.lost[0].cut == 1);
  CHECK(l.lost[0].most_cut == 1);
  CHECK(l.lost[0].lengthened == 0);
  // A neuron hears another of its own layer in the next step, whatever the clock.
  CHECK(l.lost[1].cut == 15);
  CHECK(l.lost[1].most_cut == 4);
  CHECK(l.lost[1].lengthened == 1);
}
