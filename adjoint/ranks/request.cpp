#include <array>
#include <utility>

#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

template <typename Number>
std::span<std::byte> writable(Number& number) {
  return std::as_writable_bytes(std::span(&number, 1));
}

}  // namespace

void Message::append(const void* from, std::size_t size) {
  if (size == 0) return;
  const std::size_t before = bytes_.size();
  bytes_.resize(before + size);
  std::memcpy(bytes_.data() + before, from, size);
}

void Message::extract(void* to, std::size_t size) {
  if (size > bytes_.size() - taken_) throw InternalError("a message between ranks ends too early");
  if (size > 0) std::memcpy(to, bytes_.data() + taken_, size);
  taken_ += size;
}

std::size_t Message::checked(std::uint64_t count, std::size_t size) const {
  if (count > (bytes_.size() - taken_) / size)
    throw InternalError("a message between ranks ends within a list");
  return count;
}

void ask(Ranks& ranks, Asked what, const Message& message) {
  const std::array<std::uint64_t, 2> head = {static_cast<std::uint64_t>(what),
                                             message.bytes().size()};
  ranks.tell(std::as_bytes(std::span(head)));
  if (!message.bytes().empty()) ranks.tell(message.bytes());
}

Request wait_for_request(Ranks& ranks) {
  std::array<std::uint64_t, 2> head{};
  ranks.hear(std::as_writable_bytes(std::span(head)));
  std::vector<std::byte> bytes(head[1]);
  if (!bytes.empty()) ranks.hear(bytes);
  return {static_cast<Asked>(head[0]), Message(std::move(bytes))};
}

void send(Ranks& ranks, int to, const Message& message) {
  const std::uint64_t size = message.bytes().size();
  ranks.send(to, std::as_bytes(std::span(&size, 1)));
  if (size > 0) ranks.send(to, message.bytes());
  ranks.sent();
}

Message receive(Ranks& ranks, int from) {
  std::uint64_t size = 0;
  ranks.receive(from, writable(size));
  std::vector<std::byte> bytes(size);
  if (size > 0) ranks.receive(from, bytes);
  return Message(std::move(bytes));
}

}  // namespace retrograde
