// Ranks: processes that work on one thing, on one machine or many, each with its own threads: on the
// batches of a training (adjoint/ranks), or on one large network (engine/distributed).
//
// Rank 0 leads: it alone decides, writes and prints. The others serve it. This is what they need of
// whatever joins them; MPI is one (scenarios/cli/ranks), threads with queues are another, for tests.
//
// All bytes of one pair arrive in the order in which they were sent. Ranks hold the same program on
// the same kind of machine, so numbers go as they lie in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>

namespace retrograde {

// A rank, or the way to it, is lost; or it cannot do what the others do. What() names it.
class RankError : public Error {
 public:
  RankError(int rank_, const std::string& message) : Error(message), rank(rank_) {}
  int rank;
};

// What all ranks have brought, one after the other.
struct AllGathered {
  std::vector<std::byte> bytes;
  std::vector<std::size_t> ends;  // of each rank's bytes

  std::span<const std::byte> of(int rank) const {
    const auto r = static_cast<std::size_t>(rank);
    const std::size_t begin = r == 0 ? 0 : ends[r - 1];
    return std::span(bytes).subspan(begin, ends[r] - begin);
  }
};

class Ranks {
 public:
  virtual ~Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  bool leads() const { return rank() == 0; }
  // "rank 3 on node7", for messages.
  virtual std::string name(int rank) const = 0;

  // The bytes stay as they are until `sent`, which waits for all that were sent.
  virtual void send(int to, std::span<const std::byte> bytes) = 0;
  virtual void sent() = 0;
  // So many bytes as one `send` sent.
  virtual void receive(int from, std::span<std::byte> bytes) = 0;
  // From the leader to all: what it tells, the others hear, as many bytes at a time.
  virtual void tell(std::span<const std::byte> bytes) = 0;
  virtual void hear(std::span<std::byte> bytes) = 0;
  // Everybody brings bytes, as many as he likes, and has those of all afterwards. Unless whatever
  // joins them knows better, each sends to each.
  virtual void all_gather(std::span<const std::byte> own, AllGathered& all);

  // Whether the user wants the leader to stop; it may then throw Interrupted wherever it waits.
  virtual bool stopped() const { return false; }

  // Nobody waits for anybody but for what the leader says next: whoever leaves now leaves nothing
  // behind. Kept by the leader.
  bool at_rest() const { return at_rest_; }
  void set_at_rest(bool at_rest) { at_rest_ = at_rest; }

 protected:
  Ranks() = default;

 private:
  bool at_rest_ = true;
};

}  // namespace retrograde
