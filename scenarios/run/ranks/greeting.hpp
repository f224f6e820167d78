// How ranks meet before they work on one thing: each says which version it is and what it has opened, and
// rank 0 names the first that has something else.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// What has to be the same on every rank.
struct Greeting {
  std::string failure;  // why nothing was opened; empty: it was
  std::string version;
  std::uint64_t scenario = 0, data = 0;

  Greeting();
  // `data`: the identity of what the network is given.
  Greeting(const Scenario& opened, std::uint64_t data);
  explicit Greeting(Message message);
  Message message() const;
};

// Rank 0 asks all others to open what it has, and meets them. Throws RankError, which names the first
// rank that could not open it or has opened something else.
void meet_by(Ranks& ranks, Asked what, const Greeting& own);

}  // namespace retrograde
