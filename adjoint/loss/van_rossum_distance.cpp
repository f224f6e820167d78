#include <algorithm>
#include <cmath>
#include <utility>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>

namespace retrograde {

namespace {

class VanRossumDistance final : public Loss {
 public:
  explicit VanRossumDistance(VanRossumDistanceSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "van_rossum_distance"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

 private:
  static constexpr auto target = static_cast<std::size_t>(-1);
  struct Event {
    Time time;
    double sign;        // of its jump
    std::size_t spike;  // on the tape, or `target`
  };

  // f - f* jumps by 1 at spikes and by -1 at targets. Where it is d just after an event, it adds
  // d^2/2 (1 - e^(-2 h/tau)) until the next one, h later: no sum of kernels that cancel. Twice the
  // distance is the sum over all pairs of events of sign sign e^(-|t - t'|/tau), so that
  // dL/dt = sign (what decays towards the event from behind - from before)/tau.
  LossValue measure(const Network&, const Population& p, const Tape& tape, int) const override {
    check_count(p, spec_.targets.size(), "targets");
    LossValue loss;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    std::vector<std::vector<Event>> events(p.size);
    for (std::size_t j = 0; j < p.size; ++j)
      for (const Time t : spec_.targets[j]) events[j].push_back({t, -1.0, target});
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      const TapeSpike& s = tape.spikes[k];
      if (s.neuron >= p.first && s.neuron < p.first + p.size)
        events[s.neuron - p.first].push_back({s.time, 1.0, k});
    }
    for (std::vector<Event>& train : events) {
      std::stable_sort(train.begin(), train.end(),
                       [](const Event& a, const Event& b) { return a.time < b.time; });
      loss.value += distance(train);
      add_gradient(train, 1.0, loss);
      std::reverse(train.begin(), train.end());
      add_gradient(train, -1.0, loss);
    }
    return loss;
  }

  double distance(const std::vector<Event>& train) const {
    double sum = 0.0, apart = 0.0;
    for (std::size_t k = 0; k < train.size(); ++k) {
      apart += train[k].sign;
      const bool last = k + 1 == train.size();
      const double h = last ? never : train[k + 1].time - train[k].time;
      sum += 0.5 * apart * apart * -std::expm1(-2.0 * h / spec_.tau);
      apart *= std::exp(-h / spec_.tau);
    }
    return sum;
  }

  // What the events before each spike do to it; with the train in reverse, those after it.
  void add_gradient(const std::vector<Event>& train, double direction, LossValue& loss) const {
    double before = 0.0, now = 0.0;  // decayed to the event at hand: earlier, simultaneous ones
    for (std::size_t k = 0; k < train.size(); ++k) {
      if (const double h = k == 0 ? 0.0 : std::fabs(train[k].time - train[k - 1].time); h > 0.0) {
        before = (before + now) * std::exp(-h / spec_.tau);
        now = 0.0;
      }
      now += train[k].sign;
      if (train[k].spike != target)
        loss.spike_times[train[k].spike] -= direction * before / spec_.tau;
    }
  }

  VanRossumDistanceSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const VanRossumDistanceSpec& spec) {
  return std::make_unique<VanRossumDistance>(spec);
}

}  // namespace retrograde
