#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/trials/event_parts.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t data_seed = 0;  // of parts, whatever the seed of the scenario
constexpr std::size_t named_at_most = 20;

using Indices = std::vector<std::uint32_t>;

[[noreturn]] void refuse(const EventSet& set, const char* key, const std::string& message) {
  throw ScenarioError(set.info().source, 0, 0, fmt::format("data.{}", key), message);
}

// Splits a pool by a condition: those that fulfil it, the rest.
template <typename Condition>
std::pair<Indices, Indices> divide(const Indices& pool, const Condition& condition) {
  std::pair<Indices, Indices> halves;
  for (const std::uint32_t index : pool)
    (condition(index) ? halves.first : halves.second).push_back(index);
  return halves;
}

std::set<std::uint32_t> speakers_named(const EventSet& set, const char* key,
                                       const std::vector<std::string>& names) {
  const std::vector<std::string>& known = set.info().speakers;
  if (known.empty()) refuse(set, key, "the set does not say who speaks; remove the key");
  std::set<std::uint32_t> numbers;
  for (const std::string& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      const std::span<const std::string> first(known.data(), std::min(known.size(), named_at_most));
      refuse(set, key,
             fmt::format("nobody is called \"{}\"; the speakers are {}{}", name,
                         fmt::join(first, ", "), known.size() > first.size() ? ", ..." : ""));
    }
    numbers.insert(static_cast<std::uint32_t>(found - known.begin()));
  }
  return numbers;
}

// Of each class that share of the pool, drawn at random for a purpose.
std::pair<Indices, Indices> draw_share(const EventSet& set, const Indices& pool, double share,
                                       const char* purpose) {
  std::map<int, Indices> classes;
  for (const std::uint32_t index : pool) classes[set.label(index)].push_back(index);
  std::set<std::uint32_t> drawn;
  for (auto& [label, members] : classes) {
    const auto count = std::llround(share * static_cast<double>(members.size()));
    Random(data_seed, purpose, static_cast<std::uint64_t>(label)).shuffle(members);
    drawn.insert(members.begin(), members.begin() + count);
  }
  return divide(pool, [&](std::uint32_t index) { return drawn.contains(index); });
}

// A share that was asked for and comes to nothing would leave a part out in silence: without
// validation, choices are made on what is trained with, without a test, judgement, too.
void refuse_if_nothing(const EventSet& set, const Indices& pool, const Indices& drawn, double share,
                       const char* key, const char* otherwise) {
  if (!drawn.empty() || share == 0 || pool.empty()) return;
  std::map<int, std::size_t> sizes;
  for (const std::uint32_t index : pool) ++sizes[set.label(index)];
  std::size_t least = pool.size(), most = 0;
  for (const auto& [label, size] : sizes) {
    least = std::min(least, size);
    most = std::max(most, size);
  }
  const std::string each =
      least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most);
  refuse(set, key,
         fmt::format("{:g} of each class rounds to no sample: {} of {} samples each; give a share "
                     "of at least {:.2g}{}",
                     share, plural(sizes.size(), "class", "classes"), each,
                     std::ceil(50.0 / static_cast<double>(most)) / 100, otherwise));
}

// The speaker to hold out: who has the share of the pool nearest to the usual one, the first of
// several, among those without whom every class of the pool is still there and who have all of them.
std::optional<std::uint32_t> speaker_to_hold_out(const EventSet& set, const Indices& pool) {
  std::map<std::uint32_t, Indices> by_speaker;
  std::map<int, std::set<std::uint32_t>> speakers_of_class;
  for (const std::uint32_t index : pool) {
    by_speaker[set.speaker(index)].push_back(index);
    speakers_of_class[set.label(index)].insert(set.speaker(index));
  }
  std::optional<std::uint32_t> best;
  double best_distance = 0;
  if (set.info().speakers.empty() || by_speaker.size() < 3) return best;
  for (const auto& [speaker, samples] : by_speaker) {
    const bool has_all =
        std::all_of(speakers_of_class.begin(), speakers_of_class.end(),
                    [&, speaker = speaker](const auto& entry) {
                      return entry.second.contains(speaker) && entry.second.size() > 1;
                    });
    const double share = static_cast<double>(samples.size()) / static_cast<double>(pool.size());
    const double distance = std::abs(share - usual_validation_share);
    if (!has_all || (best && distance >= best_distance)) continue;
    best = speaker;
    best_distance = distance;
  }
  return best;
}

Indices split_test(const EventSet& set, const PartRules& rules, EventParts& parts) {
  Indices all(set.size());
  bool has_test = false;
  for (std::uint32_t k = 0; k < all.size(); ++k) {
    all[k] = k;
    has_test |= set.part(k) == Part::test;
  }
  std::pair<Indices, Indices> halves;
  if (!rules.test_speakers.empty()) {
    const auto held_out = speakers_named(set, "test_speakers", rules.test_speakers);
    halves = divide(all, [&](std::uint32_t k) { return held_out.contains(set.speaker(k)); });
    parts.test_from = fmt::format("all of {}", fmt::join(rules.test_speakers, ", "));
  } else if (has_test) {
    if (rules.test_share)
      refuse(set, "test_share", "the set has a test part of its own; remove the key");
    halves = divide(all, [&](std::uint32_t k) { return set.part(k) == Part::test; });
    parts.test_from = "the set's own";
  } else {
    const double share = rules.test_share.value_or(usual_test_share);
    halves = draw_share(set, all, share, "events/test");
    if (rules.test_share)
      refuse_if_nothing(set, all, halves.first, share, "test_share",
                        ", or name test_speakers instead");
    parts.test_from = fmt::format("{:g} % of each class{}", 100 * share,
                                  halves.first.empty() ? ", which rounds to none" : "");
  }
  parts.test = std::move(halves.first);
  return halves.second;
}

void split_validation(const EventSet& set, const PartRules& rules, const Indices& pool,
                      EventParts& parts) {
  const bool has_own =
      rules.test_speakers.empty() && std::any_of(pool.begin(), pool.end(), [&](std::uint32_t k) {
        return set.part(k) == Part::validation;
      });
  const double share = rules.validation_share.value_or(usual_validation_share);
  std::pair<Indices, Indices> halves;
  std::optional<std::uint32_t> whole;
  if (!rules.validation_speakers.empty()) {
    const auto held_out = speakers_named(set, "validation_speakers", rules.validation_speakers);
    halves = divide(pool, [&](std::uint32_t k) { return held_out.contains(set.speaker(k)); });
    parts.validation_from = fmt::format("all of {}", fmt::join(rules.validation_speakers, ", "));
  } else if (has_own && !rules.validation_share) {
    halves = divide(pool, [&](std::uint32_t k) { return set.part(k) == Part::validation; });
    parts.validation_from = "the set's own";
  } else if (!rules.validation_share && rules.whole_speaker &&
             (whole = speaker_to_hold_out(set, pool))) {
    halves = divide(pool, [&](std::uint32_t k) { return set.speaker(k) == *whole; });
    parts.validation_from =
        fmt::format("all that speaker {} says in the training part", set.info().speakers[*whole]);
  } else {
    halves = draw_share(set, pool, share, "events/validation");
    if (rules.validation_share)
      refuse_if_nothing(set, pool, halves.first, share, "validation_share",
                        ", or 0 for no validation part");
    parts.validation_from =
        fmt::format("{:g} % of each class that is not test{}", 100 * share,
                    share > 0 && halves.first.empty() ? ", which rounds to none" : "");
  }
  parts.validation = std::move(halves.first);
  parts.train = std::move(halves.second);
}

// The k-th samples of all classes before the (k+1)-th of any: whoever takes the first trials of a part
// (calibration, error budget, placement) meets every class, in whatever order the set stands.
Indices taking_turns(const EventSet& set, const Indices& indices) {
  std::vector<std::uint32_t> seen(set.info().class_names.size(), 0);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order;  // which of its class, position
  for (const std::uint32_t k : indices)
    order.emplace_back(seen[static_cast<std::size_t>(set.label(k))]++, k);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Indices result;
  for (const auto& [turn, k] : order) result.push_back(k);
  return result;
}

}  // namespace

EventParts split(const EventSet& set, const PartRules& rules) {
  EventParts parts;
  const Indices pool = split_test(set, rules, parts);
  split_validation(set, rules, pool, parts);
  for (Indices* part : {&parts.train, &parts.validation, &parts.test})
    *part = taking_turns(set, *part);
  if (parts.train.empty()) {
    const char* key = !rules.validation_speakers.empty() ? "validation_speakers"
                      : rules.validation_share           ? "validation_share"
                      : !rules.test_speakers.empty()     ? "test_speakers"
                                                         : "path";
    refuse(set, key, "no sample is left to train with; hold out fewer");
  }
  if (!rules.validation_speakers.empty() && parts.validation.empty())
    refuse(set, "validation_speakers",
           "none of them says anything outside of the test part; name others");
  return parts;
}

std::vector<std::uint32_t> thinned(const EventSet& set, const std::vector<std::uint32_t>& indices,
                                   std::size_t most) {
  if (indices.size() <= most) return indices;
  const auto class_of = [&](std::uint32_t k) { return static_cast<std::size_t>(set.label(k)); };
  std::vector<Indices> all(set.info().class_names.size());
  for (const std::uint32_t k : indices) all[class_of(k)].push_back(k);
  // The first ones say how many of each class; which of it they are is spread over all that it has.
  std::vector<std::size_t> wanted(all.size(), 0), taken(all.size(), 0);
  for (std::size_t k = 0; k < most; ++k) ++wanted[class_of(indices[k])];
  std::vector<std::uint32_t> result(most);
  for (std::size_t k = 0; k < most; ++k) {
    const std::size_t c = class_of(indices[k]);
    result[k] = all[c][taken[c]++ * all[c].size() / wanted[c]];
  }
  return result;
}

}  // namespace retrograde
