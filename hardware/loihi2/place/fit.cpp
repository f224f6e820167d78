#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/hardware/loihi2/place/fit.hpp>

namespace retrograde::loihi2 {

namespace {

using Severity = Finding::Severity;

// Above this share of a register that is not proven safe, an unusual input may well overflow it.
constexpr double little_room = 0.5;

// In steps: the grid and its rounding move a first spike by one or two.
constexpr double little_shift = 5.0;

// What makes one neuron, or a core, take less of a resource.
std::string remedy_for(const std::string& resource) {
  if (resource == "input axons")
    return "lower the density of what reaches it, or gather its sources in a smaller population "
           "first";
  if (resource == "synapse words" || resource == "pool words")
    return "prune synapses (a weight of 0 takes its place; leave the synapse out instead), or "
           "lower "
           "the density of what reaches it";
  if (resource == "neuron groups") return "let neurons share tau_mem, tau_syn and v_threshold";
  if (resource == "axon map") return "let its neurons reach fewer layers";
  return "make the population smaller";
}

struct Zeros {
  std::uint64_t synapses = 0, zero = 0;
};
Zeros zeros_into(const ChipNetwork& chip, std::uint32_t population) {
  Zeros z;
  for (const ChipProjection& projection : chip.projections) {
    if (projection.target != population) continue;
    z.synapses += projection.synapse_count();
    projection.for_each_synapse([&](const ChipSynapse& s) { z.zero += s.weight == 0; });
  }
  return z;
}

class Assessor {
 public:
  Assessor(const ChipNetwork& chip, const Mapping& mapping, const ChipProfile& profile)
      : chip_(chip), mapping_(mapping), profile_(profile) {}

  Fit run(const QuantizationReport& quantization, const Conformance& seen) {
    fit_.cores = static_cast<std::uint32_t>(mapping_.cores.size());
    fit_.all_cores = profile_.mesh.cores();
    fit_.usable_cores = static_cast<std::uint32_t>(profile_.mesh.usable_cores.value.low);
    for (const Shortfall& s : mapping_.shortfalls) add_shortfall(s);
    check_cores();
    check_groups();
    check_registers(seen);
    if (seen.samples > 0) {
      fit_.fidelity = Fidelity::same;
      check_spikes(seen);
      check_times(seen);
      check_silenced(seen);
      check_decisions(seen);
      check_silence(seen);
    }
    for (const std::string& warning : quantization.warnings)
      fit_.findings.push_back({Severity::warning, "quantisation", "", 0, 0, warning, ""});
    if (seen.input_collisions > 0) add_collisions(seen.input_collisions);
    std::stable_sort(fit_.findings.begin(), fit_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    return std::move(fit_);
  }

 private:
  const std::string& name_of(std::uint32_t population) const {
    return chip_.populations[population].name;
  }

  void add_shortfall(const Shortfall& s) {
    fit_.findings.push_back(
        {Severity::problem, name_of(s.population), s.resource.name,
         static_cast<double>(s.resource.limit), static_cast<double>(s.resource.used),
         fmt::format("{} alone takes {} {}, a core has {}", chip_.neuron_name(s.neuron),
                     s.resource.used, s.resource.name, s.resource.limit),
         remedy_for(s.resource.name)});
  }

  void check_cores() {
    if (fit_.cores <= fit_.usable_cores) return;
    std::uint32_t largest = 0;
    for (std::uint32_t p = 0; p < chip_.populations.size(); ++p)
      if (mapping_.cores_of(p) > mapping_.cores_of(largest)) largest = p;
    const ResourceUse full =
        fullest(mapping_.cores[mapping_.first_core[largest]].use, profile_.core.limits);
    const Zeros zeros = zeros_into(chip_, largest);
    std::string remedy =
        fmt::format("{} takes {} of them, its cores are full of {}: {}", name_of(largest),
                    mapping_.cores_of(largest), full.name, remedy_for(full.name));
    if (zeros.zero > 0)
      remedy += fmt::format("; {} of the {} weights into it are 0", zeros.zero, zeros.synapses);
    const bool beyond = fit_.cores > fit_.all_cores;
    fit_.findings.push_back(
        {beyond ? Severity::problem : Severity::warning, "chip", "cores",
         static_cast<double>(beyond ? fit_.all_cores : fit_.usable_cores),
         static_cast<double>(fit_.cores),
         beyond ? fmt::format("{} cores are needed, {} has {}", fit_.cores, profile_.name,
                              fit_.all_cores)
                : fmt::format("{} cores are needed; {} has {}, of which some systems leave only {}",
                              fit_.cores, profile_.name, fit_.all_cores, fit_.usable_cores),
         remedy});
  }

  // Layers that are split because their neurons differ, not because they are large.
  void check_groups() {
    const std::uint64_t limit = limit_of(profile_.core.limits.neuron_groups);
    for (std::uint32_t p = 0; p < chip_.populations.size(); ++p) {
      if (mapping_.cores_of(p) < 2) continue;
      const MappedCore& core = mapping_.cores[mapping_.first_core[p]];
      if (limit == 0 || core.use.neuron_groups < limit ||
          std::string(fullest(core.use, profile_.core.limits).name) != "neuron groups")
        continue;
      fit_.findings.push_back(
          {Severity::warning, name_of(p), "neuron groups", static_cast<double>(limit),
           static_cast<double>(core.use.neuron_groups),
           fmt::format("{} takes {} cores because its neurons have too many different decays or "
                       "thresholds for fewer; a core holds {} kinds",
                       name_of(p), mapping_.cores_of(p), limit),
           remedy_for("neuron groups")});
    }
  }

  void check_registers(const Conformance& seen) {
    const std::vector<PopulationBounds> bounds = register_bounds(chip_);
    for (const RegisterUse& use : seen.registers) {
      const PopulationBounds& bound = bounds[use.population];
      const bool proven = use.name == "a"   ? bound.a_proven()
                          : use.name == "u" ? bound.u_proven()
                                            : bound.v_proven();
      RegisterSafety safety{use.population, use.name,
                            use.overflows > 0 ? Safety::overflows
                            : proven          ? Safety::proven
                                              : Safety::seen,
                            use.name == "a"   ? bound.a
                            : use.name == "u" ? bound.u
                                              : bound.v};
      const double limit = static_cast<double>(std::int64_t{1} << (use.bits - 1));
      const double wanted = use.utilisation() * limit;
      const char* const remedy =
          "make the weight steps larger (clip_percentile = 100), the weights onto these neurons "
          "smaller against the threshold, or the inputs fewer per step";
      if (safety.safety == Safety::overflows) {
        // A saturated v is what the rules of the chip say; a u that wraps turns its sign, and a sum
        // beyond the port is not defined in public.
        const bool harmless = use.name == "v";
        fit_.findings.push_back(
            {harmless ? Severity::warning : Severity::problem, name_of(use.population), use.name,
             limit, wanted,
             fmt::format("{} of {} {} {} in {}", use.name, name_of(use.population),
                         use.name == "a"   ? "left its 16 bits"
                         : use.name == "u" ? "wrapped around its 24 bits"
                                           : "reached the end of its 24 bits",
                         counted(use.overflows, "time"), counted(seen.samples, "trial")),
             remedy});
      } else if (safety.safety == Safety::seen && use.utilisation() > little_room) {
        fit_.findings.push_back(
            {Severity::warning, name_of(use.population), use.name, limit, wanted,
             fmt::format("{} of {} used {:.0f} % of its {} bits in {} trials, and the weights do "
                         "not prove that it stays within them",
                         use.name, name_of(use.population), 100.0 * use.utilisation(), use.bits,
                         seen.samples),
             remedy});
      }
      fit_.registers.push_back(std::move(safety));
    }
  }

  // Populations that fire, as the exact network's do but for `little_change`: as often, and the
  // same neurons.
  void check_spikes(const Conformance& seen) {
    for (std::uint32_t p = 0; p < seen.populations.size(); ++p) {
      if (chip_.populations[p].model == ChipModel::input) continue;
      const std::uint64_t exact = seen.spikes_exact[p], chip = seen.spikes_chip[p];
      const SpikeShift& shift = seen.shifts[p];
      if (differ(exact, chip))
        add_unfaithful(Fidelity::other_spikes, name_of(p), "spikes", exact, chip,
                       fmt::format("{}: {} become{} {} on the chip, in {}", name_of(p),
                                   counted(exact, "spike"), exact == 1 ? "s" : "", chip,
                                   counted(seen.samples, "trial")));
      else if (differ(shift.neurons + shift.one_sided, shift.neurons))
        add_unfaithful(
            Fidelity::other_spikes, name_of(p), "neurons", shift.neurons + shift.one_sided,
            shift.neurons,
            fmt::format("{}: {} of {} that fire in a trial do so on one side only, in {}",
                        name_of(p), shift.one_sided,
                        counted(shift.neurons + shift.one_sided, "neuron"),
                        counted(seen.samples, "trial")));
    }
  }

  // Spikes that come at another time, though as many of them and of the same neurons.
  void check_times(const Conformance& seen) {
    for (std::uint32_t p = 0; p < chip_.populations.size(); ++p) {
      const SpikeShift& shift = seen.shifts[p];
      const double steps = shift.deviation() / chip_.step;
      if (chip_.populations[p].model == ChipModel::input || steps <= little_shift) continue;
      add_unfaithful(
          Fidelity::other_spikes, name_of(p), "first spikes", 0.0, shift.deviation(),
          fmt::format("{}: first spikes are {:.3g} ms off on the chip, {:.3g} steps, in "
                      "the root mean square of {} that fire in a trial",
                      name_of(p), shift.deviation(), steps, counted(shift.neurons, "neuron")));
    }
  }

  // Neurons that some trial makes fire, and none does on the chip.
  void check_silenced(const Conformance& seen) {
    for (std::uint32_t p = 0; p < chip_.populations.size(); ++p) {
      const ChipPopulation& population = chip_.populations[p];
      if (population.model == ChipModel::input || seen.by_neuron_exact.empty()) continue;
      std::uint64_t firing = 0, silenced = 0, lost = 0;
      for (NeuronId n = population.first; n < population.first + population.size; ++n) {
        firing += seen.by_neuron_exact[n] > 0;
        if (seen.by_neuron_exact[n] == 0 || seen.by_neuron_chip[n] > 0) continue;
        ++silenced;
        lost += seen.by_neuron_exact[n];
      }
      if (silenced == 0) continue;
      const Fidelity fidelity =
          differ(firing, firing - silenced) ? Fidelity::other_spikes : Fidelity::same;
      add_unfaithful(fidelity, population.name, "silent neurons", firing, firing - silenced,
                     fmt::format("{}: {} of the {} that fire exactly never {} on the chip, which "
                                 "loses their {} in {}",
                                 population.name, silenced, counted(firing, "neuron"),
                                 silenced == 1 ? "does" : "do", counted(lost, "spike"),
                                 counted(seen.samples, "trial")));
    }
  }

  void check_decisions(const Conformance& seen) {
    fit_.decisions = seen.same_decision();
    if (fit_.decisions.whole == 0) return;
    const Interval same = fit_.decisions.range();
    if (same.high < 1 - little_change)
      add_unfaithful(Fidelity::other_decisions, "chip", "decisions", seen.samples, seen.agreed,
                     fmt::format("the chip decides {} of {} as the exact network does", seen.agreed,
                                 counted(seen.samples, "trial")));
    else if (same.low < 1 - little_change)
      fit_.fidelity = std::max(fit_.fidelity, Fidelity::open);
  }

  // A comparison of nothing proves nothing.
  void check_silence(const Conformance& seen) {
    std::uint64_t spikes = 0;
    for (std::uint32_t p = 0; p < seen.populations.size(); ++p)
      if (chip_.populations[p].model != ChipModel::input)
        spikes += seen.spikes_exact[p] + seen.spikes_chip[p];
    if (seen.decides() && seen.undecided > 0) {
      fit_.findings.push_back({Severity::warning, "chip", "decisions", 0,
                               static_cast<double>(seen.undecided),
                               fmt::format("neither side decides anything in {} of {}",
                                           seen.undecided, counted(seen.samples, "trial")),
                               "let the population that decides fire: stronger weights or input, "
                               "or a longer training"});
      if (seen.undecided == seen.samples) fit_.fidelity = Fidelity::not_seen;
    } else if (!seen.decides() && spikes == 0) {
      fit_.findings.push_back(
          {Severity::warning, "chip", "spikes", 0, 0,
           fmt::format("nothing fires in {}, exactly or on the chip, so that nothing is compared",
                       counted(seen.samples, "trial")),
           "give the network input that makes it fire: [[population]] spikes, or [data]"});
      fit_.fidelity = Fidelity::not_seen;
    }
  }

  static bool differ(std::uint64_t exact, std::uint64_t chip) {
    const double change = static_cast<double>(chip) - static_cast<double>(exact);
    return std::fabs(change) > little_change * static_cast<double>(exact);
  }

  static std::string counted(std::uint64_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  }

  template <typename Number>
  void add_unfaithful(Fidelity fidelity, const std::string& where, const char* resource,
                      Number exact, Number chip, std::string message) {
    fit_.fidelity = std::max(fit_.fidelity, fidelity);
    fit_.findings.push_back(
        {Severity::warning, where, resource, static_cast<double>(exact), static_cast<double>(chip),
         std::move(message),
         "take a shorter chip.step (a neuron fires once a step at most), finer weights (groups, "
         "weight_exponent), or train on with the chip's arithmetic (fine_tune)"});
  }

  void add_collisions(std::uint64_t dropped) {
    fit_.findings.push_back(
        {Severity::warning, "input", "", 0, static_cast<double>(dropped),
         fmt::format("{} shared a step with another of the same neuron and {} dropped",
                     counted(dropped, "input spike"), dropped == 1 ? "was" : "were"),
         "take a shorter chip.step, or fewer spikes per input"});
  }

  const ChipNetwork& chip_;
  const Mapping& mapping_;
  const ChipProfile& profile_;
  Fit fit_;
};

}  // namespace

bool Fit::fits() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& f) { return f.severity == Severity::problem; });
}

Fit assess(const ChipNetwork& chip, const Mapping& mapping, const ChipProfile& profile,
           const QuantizationReport& quantization, const Conformance& seen) {
  return Assessor(chip, mapping, profile).run(quantization, seen);
}

const char* name(Safety safety) {
  switch (safety) {
    case Safety::proven:
      return "proven";
    case Safety::seen:
      return "seen";
    case Safety::overflows:
      return "overflows";
  }
  return "seen";
}

const char* name(Finding::Severity severity) {
  return severity == Severity::problem ? "problem" : "warning";
}

const char* name(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::not_seen:
      break;
    case Fidelity::same:
      return "same";
    case Fidelity::open:
      return "open";
    case Fidelity::other_spikes:
      return "other spikes";
    case Fidelity::other_decisions:
      return "other decisions";
  }
  return "not seen";
}

}  // namespace retrograde::loihi2
