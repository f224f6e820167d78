#include <fmt/format.h>
#include <span>
#include <utility>
#include <vector>

#include <retrograde/scenarios/run/folder/scenario_identity.hpp>
#include <retrograde/scenarios/run/ranks/greeting.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

std::string version_text() {
  return fmt::format("{} (commit {}, {}, {})", version::string, version::git_commit,
                     version::compiler, version::arch);
}

// Why a rank cannot take part; empty: it can.
std::string objection(const Greeting& leader, const Greeting& other) {
  if (other.version != leader.version)
    return fmt::format("it is Retrograde {}, and rank 0 is {}; start the same program everywhere",
                       other.version, leader.version);
  if (!other.failure.empty()) return other.failure;
  if (other.scenario != leader.scenario)
    return "it has read another scenario than rank 0 under the same name; put the file where all "
           "ranks see the same one";
  if (other.data != leader.data)
    return "its data set is another than that of rank 0; give all ranks the same, by --data or "
           "RETROGRADE_DATA";
  return {};
}

}  // namespace

Greeting::Greeting() : version(version_text()) {}

Greeting::Greeting(const Scenario& opened, std::uint64_t data_)
    : version(version_text()), scenario(scenario_identity(opened)), data(data_) {}

Greeting::Greeting(Message message) {
  const auto text = [&] {
    const std::vector<char> letters = message.take_list<char>();
    return std::string(letters.begin(), letters.end());
  };
  failure = text();
  version = text();
  scenario = message.take<std::uint64_t>();
  data = message.take<std::uint64_t>();
}

Message Greeting::message() const {
  Message message;
  message.put_list(std::span<const char>(failure));
  message.put_list(std::span<const char>(version));
  message.put(scenario);
  message.put(data);
  return message;
}

void meet_by(Ranks& ranks, Asked what, const Greeting& own) {
  ranks.set_at_rest(false);
  ask(ranks, what);
  std::string first_objection;
  int first = 0;
  for (int rank = 1; rank < ranks.size(); ++rank) {
    const std::string why = objection(own, Greeting(receive(ranks, rank)));
    if (why.empty() || first > 0) continue;
    first = rank;
    first_objection = fmt::format("{}: {}", ranks.name(rank), why);
  }
  ranks.set_at_rest(true);
  if (first > 0) throw RankError(first, first_objection);
}

}  // namespace retrograde
