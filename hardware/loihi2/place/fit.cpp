#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

#include <retrograde/hardware/loihi2/place/fit.hpp>

namespace retrograde::loihi2 {

namespace {

using Severity = Finding::Severity;

// Above this share of a register that is not proven safe, an unusual input may well overflow it.
constexpr double little_room = 0.5;

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
    Behaviour behaviour = behaviour_of(seen, judged_populations(chip_), finer);
    fit_.fidelity = behaviour.fidelity;
    fit_.decisions = behaviour.decisions;
    std::move(behaviour.findings.begin(), behaviour.findings.end(),
              std::back_inserter(fit_.findings));
    for (const std::string& warning : quantization.warnings)
      fit_.findings.push_back({Severity::warning, "quantisation", "", 0, 0, warning, ""});
    if (seen.input_collisions > 0) add_collisions(seen.input_collisions);
    problems_first(fit_.findings);
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

  static std::string counted(std::uint64_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
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

std::vector<JudgedPopulation> judged_populations(const ChipNetwork& chip) {
  std::vector<JudgedPopulation> all;
  for (const ChipPopulation& p : chip.populations)
    all.push_back(
        {p.name, p.first, p.size, p.model == ChipModel::input, p.model != ChipModel::cuba_li});
  return all;
}

bool Fit::fits() const { return retrograde::fits(findings); }

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

}  // namespace retrograde::loihi2
