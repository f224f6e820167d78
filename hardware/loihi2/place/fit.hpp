// Does the network fit the chip, and if not, what to change: the verdict of `retro check`.
//
// A problem means that the network does not fit or computes something else there; a warning, that
// it may cost accuracy or that a limit is near; each names the place, the numbers and the remedy.
// Registers are judged by proof where the weights alone bound them (bounds.hpp), else by what was
// seen in trials. So is whether the chip does what the exact network does: where spikes or
// decisions are lost the network is on the chip, and is another one there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/model/bounds.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>

namespace retrograde::loihi2 {

struct Finding {
  enum class Severity : std::uint8_t { problem, warning };
  Severity severity = Severity::warning;
  std::string where;     // population, projection or chip
  std::string resource;  // "cores", "synapse words", "u"; empty: none in particular
  // Of "spikes", "neurons", "first spikes" (ms off), "silent neurons", "decisions": exactly, and on
  // the chip.
  double limit = 0, wanted = 0;
  std::string message;
  std::string remedy;  // may be empty where the message has it
};

// How it is known that a register of a population does not overflow.
enum class Safety : std::uint8_t {
  proven,     // by the weights, for any input
  seen,       // not in the trials; an input exists for which it would, or cannot be ruled out
  overflows,  // it did
};
struct RegisterSafety {
  std::uint32_t population = 0;
  std::string name;  // "a", "u", "v"
  Safety safety = Safety::seen;
  RegisterBound bound;
};

// Whether the chip does what the exact network does, by what was seen; the gravest. Decisions are
// judged by the interval of their share (hardware/share.hpp): `open` is one that holds the limit.
enum class Fidelity : std::uint8_t { not_seen, same, open, other_spikes, other_decisions };

// From here on what the chip does differently is no rounding any more: of decisions, of spikes of a
// population, of its neurons.
inline constexpr double little_change = 0.1;

struct Fit {
  std::uint32_t cores = 0;  // that the mapping takes
  std::uint32_t usable_cores = 0, all_cores = 0;
  std::vector<RegisterSafety> registers;
  std::vector<Finding> findings;  // problems first
  Fidelity fidelity = Fidelity::not_seen;
  Share decisions;  // that are the same on both sides; of none where nothing decides

  bool fits() const;
  bool behaves() const { return fidelity == Fidelity::same; }
};

// `seen` is what runs did: its registers may be empty. Warnings of the quantisation become
// findings.
Fit assess(const ChipNetwork& chip, const Mapping& mapping, const ChipProfile& profile,
           const QuantizationReport& quantization, const Conformance& seen);

const char* name(Safety safety);               // "proven"
const char* name(Finding::Severity severity);  // "problem"
const char* name(Fidelity fidelity);           // "other spikes"

}  // namespace retrograde::loihi2
