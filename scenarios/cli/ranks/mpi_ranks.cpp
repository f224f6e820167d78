#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <mpi.h>
#include <thread>
#include <vector>

#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/ranks/mpi_ranks.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde::cli {

namespace {

constexpr std::size_t largest = std::size_t{1} << 30;  // bytes of one message: MPI counts in ints
constexpr int tag = 1;
constexpr int everybody = -1;

// Waiting without taking a core from those who work: a moment at full attention, since most answers
// come at once, then sleeps that grow with the time that has gone by.
class Patience {
 public:
  void wait() {
    if (++looks_ < 2000) return;
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 9 / 8, std::chrono::microseconds(500));
  }

 private:
  int looks_ = 0;
  std::chrono::microseconds pause_{20};
};

class MpiRanks final : public JoinedRanks {
 public:
  MpiRanks() {
    // Whoever drives the threads of TBB makes all calls.
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    hosts_.resize(static_cast<std::size_t>(size_) * host_length);
    char host[host_length] = "";
    int length = 0;
    char full[MPI_MAX_PROCESSOR_NAME] = "";
    MPI_Get_processor_name(full, &length);
    std::copy_n(full, std::min<std::size_t>(static_cast<std::size_t>(length), host_length - 1),
                host);
    MPI_Allgather(host, host_length, MPI_CHAR, hosts_.data(), host_length, MPI_CHAR,
                  MPI_COMM_WORLD);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name(int rank) const override {
    return fmt::format("rank {} on {}", rank,
                       hosts_.data() + static_cast<std::size_t>(rank) * host_length);
  }

  void send(int to, std::span<const std::byte> bytes) override {
    in_pieces(bytes, [&](std::span<const std::byte> piece) {
      sending_.push_back({MPI_REQUEST_NULL, to});
      check(to, MPI_Isend(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, to, tag,
                          MPI_COMM_WORLD, &sending_.back().request));
    });
  }
  void sent() override {
    for (Sending& one : sending_) finish(one.request, one.to);
    sending_.clear();
  }
  void receive(int from, std::span<std::byte> bytes) override {
    in_pieces(bytes, [&](std::span<std::byte> piece) {
      MPI_Request request = MPI_REQUEST_NULL;
      check(from, MPI_Irecv(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, from, tag,
                            MPI_COMM_WORLD, &request));
      finish(request, from);
    });
  }
  void tell(std::span<const std::byte> bytes) override {
    // MPI does not write where a broadcast begins.
    broadcast({const_cast<std::byte*>(bytes.data()), bytes.size()});
  }
  void hear(std::span<std::byte> bytes) override { broadcast(bytes); }

  // The sizes, and what little there is, go first, in blocks of one size: most windows of a network need
  // no more. What does not fit there follows.
  void all_gather(std::span<const std::byte> own, AllGathered& all) override {
    struct Block {
      std::uint64_t size = 0;
      std::array<std::byte, 248> beginning = {};
    };
    const auto count = static_cast<std::size_t>(size_);
    Block mine;
    mine.size = own.size();
    const auto at_once = [](std::uint64_t size) {
      return std::min<std::uint64_t>(size, Block{}.beginning.size());
    };
    std::copy_n(own.begin(), at_once(own.size()), mine.beginning.begin());
    std::vector<Block> blocks(count);
    MPI_Request request = MPI_REQUEST_NULL;
    check(everybody, MPI_Iallgather(&mine, sizeof mine, MPI_BYTE, blocks.data(), sizeof(Block),
                                    MPI_BYTE, MPI_COMM_WORLD, &request));
    finish(request, everybody);
    all.ends.assign(count, 0);
    std::vector<int> rest(count), places(count);
    std::uint64_t end = 0, left = 0;
    for (std::size_t rank = 0; rank < count; ++rank) {
      all.ends[rank] = end += blocks[rank].size;
      rest[rank] = static_cast<int>(blocks[rank].size - at_once(blocks[rank].size));
      places[rank] = static_cast<int>(left);
      left += blocks[rank].size - at_once(blocks[rank].size);
      if (left > largest)
        throw LimitError("bytes", static_cast<double>(largest), static_cast<double>(left),
                         "ranks have too much to say to each other at once; start fewer, or make "
                         "the network smaller");
    }
    all.bytes.resize(end);
    for (std::size_t rank = 0; rank < count; ++rank)
      std::copy_n(
          blocks[rank].beginning.begin(), at_once(blocks[rank].size),
          all.bytes.begin() + static_cast<std::ptrdiff_t>(all.ends[rank] - blocks[rank].size));
    if (left == 0) return;
    std::vector<std::byte> came(left);
    check(everybody,
          MPI_Iallgatherv(own.data() + at_once(own.size()), rest[static_cast<std::size_t>(rank_)],
                          MPI_BYTE, came.data(), rest.data(), places.data(), MPI_BYTE,
                          MPI_COMM_WORLD, &request));
    finish(request, everybody);
    for (std::size_t rank = 0; rank < count; ++rank)
      std::copy_n(came.begin() + places[rank], rest[rank],
                  all.bytes.begin() + static_cast<std::ptrdiff_t>(
                                          all.ends[rank] - static_cast<std::size_t>(rest[rank])));
  }

  bool stopped() const override { return interrupted(); }

  void leave(int status) override {
    leaving_ = true;
    if (leads() ? !at_rest() : status != 0) MPI_Abort(MPI_COMM_WORLD, status);
    try {
      if (leads()) ask(*this, Asked::end);
    } catch (const RankError&) {
      MPI_Abort(MPI_COMM_WORLD, status);
    }
    MPI_Finalize();
  }

 private:
  static constexpr int host_length = 64;
  struct Sending {
    MPI_Request request;
    int to;
  };

  template <typename Byte, typename Action>
  static void in_pieces(std::span<Byte> bytes, const Action& action) {
    for (std::size_t begin = 0; begin < bytes.size(); begin += largest)
      action(bytes.subspan(begin, std::min(largest, bytes.size() - begin)));
  }

  void broadcast(std::span<std::byte> bytes) {
    in_pieces(bytes, [&](std::span<std::byte> piece) {
      MPI_Request request = MPI_REQUEST_NULL;
      check(0, MPI_Ibcast(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, 0, MPI_COMM_WORLD,
                          &request));
      finish(request, 0);
    });
  }

  // A leader that is to stop does not wait: what it waits for may be what has gone.
  void finish(MPI_Request& request, int other) {
    Patience patience;
    for (;;) {
      int done = 0;
      check(other, MPI_Test(&request, &done, MPI_STATUS_IGNORE));
      if (done) return;
      if (leads() && !leaving_ && interrupted())
        throw Interrupted("the work of the ranks was stopped");
      patience.wait();
    }
  }

  void check(int other, int code) const {
    if (code == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    throw RankError(other, fmt::format("{}: the connection is lost ({})",
                                       other == everybody ? "all ranks" : name(other), text));
  }

  int rank_ = 0, size_ = 1;
  bool leaving_ = false;
  std::vector<char> hosts_;  // a name of host_length for each rank
  std::vector<Sending> sending_;
};

}  // namespace

std::unique_ptr<JoinedRanks> join_by_mpi() { return std::make_unique<MpiRanks>(); }

std::string mpi_text() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string whole(text, static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

}  // namespace retrograde::cli
