#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <utility>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/emulator/emulator.hpp>
#include <retrograde/hardware/xylo/place/fit.hpp>
#include <retrograde/hardware/xylo/place/forecast.hpp>
#include <retrograde/hardware/xylo/place/target.hpp>

namespace retrograde::xylo {

namespace {

using Severity = Finding::Severity;

// A spike of the chip stands for a crossing in the middle of its step.
constexpr double middle = 0.5;

// What the host needs to know of a population.
struct Resident {
  Seat seat;
  NeuronId first = 0;
  std::uint32_t size = 0;
  unsigned synapses = 1;
  bool input = false;
};

// The values that a kind of state took, and how often its sums saturated.
struct Extent {
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  std::uint64_t saturations = 0;

  void add(State x) {
    low = std::min<std::int64_t>(low, x);
    high = std::max<std::int64_t>(high, x);
  }
};

// A trial in steps: events per channel, step after step.
struct Gridded {
  std::uint32_t steps = 0;
  std::vector<std::vector<std::uint8_t>> events;
  std::uint64_t dropped = 0;
};

class Deployed;

// One trial.
class TrialRun {
 public:
  TrialRun(const Deployed& on_chip, const Trial& trial);
  ChipTrial run();
  const Load& load() const { return load_; }

 private:
  void after_step(std::uint32_t step);
  void record(const Resident& resident, std::int32_t exact_step, Extent& currents,
              Extent& voltages);
  void read(std::int32_t exact_step);
  int decision() const;
  const Cells& cells(const Resident& r) const {
    return r.seat.kind == Kind::output ? activity_.outputs : activity_.hidden;
  }

  const Deployed& on_chip_;
  Gridded grid_;
  Activity activity_;
  std::vector<Extent> currents_, voltages_;  // by population
  std::vector<double> integrals_, maxima_;   // by neuron of the readout
  ChipTrial result_;
  Load load_;
};

class Deployed final : public DeployedNetwork {
 public:
  Deployed(const Network& network, Quantized quantized, const Readout& readout,
           const Profile& profile)
      : quantized_(std::move(quantized)),
        readout_(readout),
        profile_(profile),
        emulator_(quantized_.chip),
        network_(network) {
    for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
      const Population& population = network.populations()[p];
      residents_.push_back({quantized_.layout.seats[p], population.first, population.size,
                            static_cast<unsigned>(population.receptors.size()),
                            population.model->is_input()});
    }
    for (const std::vector<Synapse>& row : quantized_.chip.recurrent)
      first_synapses_.push_back(static_cast<std::uint32_t>(
          std::count_if(row.begin(), row.end(), [](const Synapse& s) { return s.synapse == 0; })));
  }

  ChipTrial run(const Trial& trial) const override { return TrialRun(*this, trial).run(); }
  std::vector<ChipUse> uses() const override { return xylo::uses(quantized_, profile_.limits); }
  std::vector<Finding> seen(const Conformance& conformance) const override {
    return judge(conformance);
  }
  void count(Conformance& conformance) const override {
    conformance.weights += quantized_.weights;
    for (const LostDelays& lost : quantized_.layout.lost)
      conformance.delays_clipped += lost.cut + lost.lengthened;
  }
  std::optional<ChipForecast> forecast(const LabelledTrials& trials) const override {
    if (trials.size() == 0) return std::nullopt;
    std::vector<Load> loads(trials.size());
    for_each_trial(loads.size(), [&](std::size_t k) {
      TrialRun run(*this, trials.trial(k));
      run.run();
      loads[k] = run.load();
    });
    Load total;
    for (const Load& load : loads) {
      total.steps += load.steps;
      total.active_channels += load.active_channels;
      total.hidden_spikes += load.hidden_spikes;
      total.synapses += load.synapses;
      total.readout_spikes += load.readout_spikes;
    }
    return xylo::forecast(shape_of(quantized_.chip), profile_, total, trials.size(),
                          quantized_.step);
  }

  Gridded gridded(const Trial& trial) const;

 private:
  friend class TrialRun;

  Quantized quantized_;
  Readout readout_;
  Profile profile_;
  Emulator emulator_;
  Network network_;
  std::vector<Resident> residents_;
  std::vector<std::uint32_t> first_synapses_;  // by hidden neuron
};

Gridded Deployed::gridded(const Trial& trial) const {
  check(
      trial, network_.neuron_count(), [&](NeuronId n) { return network_.is_input(n); },
      [&](NeuronId n) { return network_.neuron_name(n); });
  if (!trial.muted.empty())
    throw NetworkError("trial", "it mutes neurons, which the chip does not; run it exactly");
  if (trial.timeline)
    throw DeploymentError("trial", "event",
                          "things happen in it besides spikes ([[event]]), which the model of Xylo "
                          "does not know; leave them out, or run it exactly");
  if (trial.initial)
    throw DeploymentError("trial", "v_init",
                          "its neurons begin away from rest, and those of the chip begin at 0; "
                          "leave v_init and i_init out, or run it exactly");
  if (trial.graded())
    throw DeploymentError("trial", "payload",
                          "its input spikes carry payloads, analogue values; Xylo's channels take "
                          "plain events. Encode the values in spikes");
  Gridded grid;
  grid.steps = whole_steps(trial.duration, quantized_.step);
  grid.events.assign(grid.steps, std::vector<std::uint8_t>(quantized_.chip.channels(), 0));
  for (const Spike& spike : trial.inputs) {
    const Resident& r = residents_[network_.population_of(spike.neuron)];
    const double at = nearest_step(spike.time, quantized_.step);
    const auto step = static_cast<std::uint32_t>(std::min(at, grid.steps - 1.0));
    std::uint8_t& events = grid.events[step][r.seat.first + (spike.neuron - r.first)];
    if (events == most_input_events)
      ++grid.dropped;
    else
      ++events;
  }
  return grid;
}

TrialRun::TrialRun(const Deployed& on_chip, const Trial& trial)
    : on_chip_(on_chip),
      grid_(on_chip.gridded(trial)),
      activity_(on_chip.emulator_.start()),
      currents_(on_chip.residents_.size()),
      voltages_(on_chip.residents_.size()) {
  if (on_chip.readout_.kind == Readout::Kind::none) return;
  const std::uint32_t size = on_chip.residents_[on_chip.readout_.population].size;
  integrals_.assign(size, 0.0);
  maxima_.assign(size, 0.0);
}

ChipTrial TrialRun::run() {
  const std::uint32_t late = static_cast<std::uint32_t>(-on_chip_.quantized_.layout.earliest);
  const std::vector<std::uint8_t> silence(on_chip_.quantized_.chip.channels(), 0);
  for (std::uint32_t step = 0; step < grid_.steps + late; ++step) {
    on_chip_.emulator_.step(activity_, step < grid_.steps ? grid_.events[step] : silence);
    after_step(step);
  }
  std::sort(result_.spikes.begin(), result_.spikes.end());
  result_.decision = decision();
  result_.steps = grid_.steps;
  result_.input_collisions = grid_.dropped;
  for (std::uint32_t p = 0; p < on_chip_.residents_.size(); ++p) {
    if (on_chip_.residents_[p].input) continue;
    const auto use = [&](const char* name, const Extent& e) {
      result_.registers.push_back({p, name, 16, e.low, e.high, e.saturations});
    };
    use("i", currents_[p]);
    use("v", voltages_[p]);
  }
  return std::move(result_);
}

void TrialRun::after_step(std::uint32_t step) {
  ++load_.steps;
  load_.active_channels += static_cast<double>(activity_.active_channels);
  result_.synaptic_operations += activity_.synaptic_operations;
  const XyloNetwork& chip = on_chip_.quantized_.chip;
  for (std::size_t n = 0; n < chip.hidden.size(); ++n) {
    if (activity_.hidden.fired[n] == 0) continue;
    ++load_.hidden_spikes;
    load_.synapses += on_chip_.first_synapses_[n];
    load_.readout_spikes += !chip.readout[n].empty();
  }
  for (std::uint32_t p = 0; p < on_chip_.residents_.size(); ++p) {
    const Resident& r = on_chip_.residents_[p];
    // Outside its trial a population has no say.
    const std::int32_t exact_step = static_cast<std::int32_t>(step) + r.seat.offset;
    if (r.input || exact_step < 0 || exact_step >= static_cast<std::int32_t>(grid_.steps)) continue;
    record(r, exact_step, currents_[p], voltages_[p]);
    if (on_chip_.readout_.kind != Readout::Kind::none && p == on_chip_.readout_.population)
      read(exact_step);
  }
}

void TrialRun::record(const Resident& r, std::int32_t exact_step, Extent& currents,
                      Extent& voltages) {
  const Cells& all = cells(r);
  const Time at = (exact_step + middle) * on_chip_.quantized_.step;
  for (std::uint32_t k = 0; k < r.size; ++k) {
    const std::uint32_t n = r.seat.first + k;
    for (unsigned s = 0; s < r.synapses; ++s) currents.add(all.i[s][n]);
    voltages.add(all.v[n]);
    currents.saturations += (all.saturated[n] & Cells::current) != 0;
    voltages.saturations += (all.saturated[n] & Cells::voltage) != 0;
    for (std::uint8_t event = 0; event < all.fired[n]; ++event)
      result_.spikes.push_back({at, r.first + k});
  }
}

void TrialRun::read(std::int32_t exact_step) {
  const Resident& r = on_chip_.residents_[on_chip_.readout_.population];
  const Time step = on_chip_.quantized_.step;
  const double weight =
      on_chip_.readout_.kind == Readout::Kind::voltage_integral
          ? on_chip_.readout_.weighting.in_step((exact_step + 1) * step, step, grid_.steps * step)
          : 0.0;
  for (std::uint32_t k = 0; k < r.size; ++k) {
    const double v = cells(r).v[r.seat.first + k] * on_chip_.quantized_.units[r.first + k];
    integrals_[k] += weight * v;
    maxima_[k] = std::max(maxima_[k], v);
  }
}

int TrialRun::decision() const {
  switch (on_chip_.readout_.kind) {
    case Readout::Kind::none:
      return no_decision;
    case Readout::Kind::voltage_integral:
      return argmax(integrals_);
    case Readout::Kind::voltage_maximum:
      return argmax(maxima_);
    case Readout::Kind::first_spike:
      break;
  }
  const Resident& r = on_chip_.residents_[on_chip_.readout_.population];
  for (const Spike& s : result_.spikes)
    if (s.neuron >= r.first && s.neuron < r.first + r.size)
      return static_cast<int>(s.neuron - r.first);
  return no_decision;
}

// A readout of hidden neurons: the chip shows them to a debugger, not to an application.
void judge_readout(std::vector<Finding>& findings, const Network& network, const Layout& layout,
                   const Readout& readout) {
  if (readout.kind == Readout::Kind::none) return;
  const Population& population = population_of(network, readout);
  if (layout.seats[readout.population].kind == Kind::output) return;
  findings.push_back(
      {Severity::problem, population.name, "output neurons", 0, 0,
       fmt::format("{}: decisions are read from it, and it has to be hidden neurons on the chip: "
                   "output neurons are fed by hidden neurons alone and feed nobody",
                   population.name),
       "put a layer of hidden neurons between the inputs and it, and connect it to nobody"});
}

void append(std::vector<Finding>& to, std::vector<Finding> from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

PutOnChip Target::put(const Network& network, const Readout& readout, Time step) const {
  PutOnChip result;
  try {
    Quantized quantized = quantize(network, step);
    result.findings = std::move(quantized.findings);
    append(result.findings, judge(quantized, profile_.limits));
    append(result.findings, judge_clock(shape_of(quantized.chip), profile_, step));
    judge_readout(result.findings, network, quantized.layout, readout);
    result.network = std::make_unique<Deployed>(network, std::move(quantized), readout, profile_);
  } catch (const DeploymentError& error) {
    result.findings.push_back(
        {Severity::problem, error.where, error.field, 0, 0, error.what(), ""});
  }
  problems_first(result.findings);
  return result;
}

}  // namespace retrograde::xylo
