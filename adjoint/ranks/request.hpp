// What the leader asks of all other ranks at once: what it is about, and bytes that say the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde {

enum class Asked : std::uint64_t {
  gradient,    // their share of a batch
  judgement,   // their share of the trials that judge an epoch
  training,    // to open what is trained, and say what they found (scenarios/run/ranks)
  tuning,      // to go on with fine-tuning for the chip
  simulation,  // to open one large network, and say what they found (scenarios/run/ranks)
  trial,       // to run its trial together
  end          // to leave
};

// Numbers, and lists of numbers with their length, one after the other.
class Message {
 public:
  Message() = default;
  explicit Message(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::span<const std::byte> bytes() const { return bytes_; }

  template <typename Number>
  void put(const Number& number) {
    static_assert(std::is_trivially_copyable_v<Number>);
    append(&number, sizeof number);
  }
  template <typename Number>
  void put_list(std::span<const Number> list) {
    static_assert(std::is_trivially_copyable_v<Number>);
    put(static_cast<std::uint64_t>(list.size()));
    append(list.data(), list.size_bytes());
  }
  // In the order in which they were put. Throw InternalError beyond the end.
  template <typename Number>
  Number take() {
    static_assert(std::is_trivially_copyable_v<Number>);
    Number number;
    extract(&number, sizeof number);
    return number;
  }
  template <typename Number>
  std::vector<Number> take_list() {
    static_assert(std::is_trivially_copyable_v<Number>);
    std::vector<Number> list(checked(take<std::uint64_t>(), sizeof(Number)));
    extract(list.data(), list.size() * sizeof(Number));
    return list;
  }

 private:
  void append(const void* from, std::size_t size);
  void extract(void* to, std::size_t size);
  std::size_t checked(std::uint64_t count, std::size_t size) const;

  std::vector<std::byte> bytes_;
  std::size_t taken_ = 0;
};

struct Request {
  Asked what;
  Message message;
};

// The leader asks; whoever serves it waits for that.
void ask(Ranks& ranks, Asked what, const Message& message = {});
Request wait_for_request(Ranks& ranks);

// One message from one rank to another.
void send(Ranks& ranks, int to, const Message& message);
Message receive(Ranks& ranks, int from);

}  // namespace retrograde
