#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <span>
#include <type_traits>
#include <utility>

#include <retrograde/engine/distributed/spike_exchange.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// What a message begins with. A rank that asks or has failed brings no spikes.
enum class Came : std::uint64_t { spikes, question, runaway, failure };

struct Head {
  Came what;
  double release_error;
};

// A spike on its way.
constexpr std::size_t spike_bytes = 20;

struct Runaway {
  Time time = 0.0;
  std::uint64_t spikes = 0;
  NeuronId neuron = 0;
};

template <typename Number>
void put(std::vector<std::byte>& message, const Number& number) {
  static_assert(std::is_trivially_copyable_v<Number>);
  const std::size_t at = message.size();
  message.resize(at + sizeof number);
  std::memcpy(message.data() + at, &number, sizeof number);
}

template <typename Number>
Number take(std::span<const std::byte>& message) {
  static_assert(std::is_trivially_copyable_v<Number>);
  if (message.size() < sizeof(Number))
    throw InternalError("a message between ranks ends too early");
  Number number;
  std::memcpy(&number, message.data(), sizeof number);
  message = message.subspan(sizeof number);
  return number;
}

Came put_failure(std::vector<std::byte>& message, const std::exception_ptr& failure) try {
  std::rethrow_exception(failure);
} catch (const RunawayError& error) {
  put(message, error.time);
  put(message, error.spikes);
  put(message, error.neuron);
  return Came::runaway;
} catch (const std::exception& error) {
  const std::string_view text = error.what();
  for (const char letter : text) put(message, letter);
  return Came::failure;
}

SharedQuestion question_of(std::span<const std::byte> message) {
  SharedQuestion question;
  question.neuron = take<std::uint32_t>(message);
  question.from = take<Time>(message);
  question.known = take<Time>(message);
  while (!message.empty()) question.recent.push_back(take<Time>(message));
  return question;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

SpikeExchange::SpikeExchange(Ranks& ranks, const NeuronShares& shares, const Network& part,
                             const std::vector<ProjectionExtent>& whole)
    : ranks_(ranks), shares_(shares), part_(part), whole_(whole) {}

void SpikeExchange::begin(const RunOptions& options) {
  max_rate_ = options.max_rate;
  remedy_ = options.runaway_remedy;
  statistics_ = {};
}

std::vector<Stretch> SpikeExchange::own(const WindowLayer& layer) const {
  std::vector<Stretch> stretches;
  std::size_t first = 0;
  for (const std::uint32_t p : layer.populations) {
    const NeuronRange range = shares_.own(part_.populations()[p]);
    const Stretch stretch{first + range.begin, first + range.end};
    if (!stretches.empty() && stretches.back().end == stretch.begin)
      stretches.back().end = stretch.end;
    else if (stretch.begin < stretch.end)
      stretches.push_back(stretch);
    first += part_.populations()[p].size;
  }
  return stretches;
}

void SpikeExchange::gather(std::span<const std::byte> own) const {
  const auto started = std::chrono::steady_clock::now();
  ranks_.all_gather(own, all_);
  ++statistics_.meetings;
  statistics_.bytes += all_.bytes.size();
  statistics_.seconds += seconds_since(started);
}

std::optional<SharedQuestion> SpikeExchange::meet(const WindowLayer& layer,
                                                  WindowOutcome& outcome) {
  Head head{Came::spikes, outcome.release_error};
  message_.clear();
  put(message_, head);
  if (outcome.question) {
    head.what = Came::question;
    put(message_, outcome.question->neuron);
    put(message_, outcome.question->from);
    put(message_, outcome.question->known);
    for (const Time time : outcome.question->recent) put(message_, time);
  } else if (outcome.failure) {
    head.what = put_failure(message_, outcome.failure);
  } else {
    for (const SharedSpike& s : outcome.spikes) {
      put(message_, s.time);
      put(message_, s.error);
      put(message_, s.neuron);
    }
  }
  std::memcpy(message_.data(), &head, sizeof head);
  gather(message_);

  std::optional<SharedQuestion> first;
  bool failed = false;
  outcome.spikes.clear();
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    std::span<const std::byte> message = all_.of(rank);
    const Head theirs = take<Head>(message);
    outcome.release_error = std::max(outcome.release_error, theirs.release_error);
    if (theirs.what == Came::question) {
      SharedQuestion question = question_of(message);
      if (!first || question.neuron < first->neuron) first = std::move(question);
    } else if (theirs.what != Came::spikes) {
      failed = true;
    } else if (rank != ranks_.rank()) {
      for (std::size_t left = message.size() / spike_bytes; left > 0; --left) {
        SharedSpike spike;
        spike.time = take<Time>(message);
        spike.error = take<Time>(message);
        spike.neuron = take<std::uint32_t>(message);
        if (spike.neuron >= layer.size()) throw InternalError("a spike of a neuron that is not");
        outcome.spikes.push_back(spike);
      }
    }
  }
  if (first) {
    ++statistics_.questions;
    return first;
  }
  if (failed) throw_failure();
  return std::nullopt;
}

// As one process would have met it; what has no neuron goes first, in the order of the ranks.
void SpikeExchange::throw_failure() const {
  std::optional<Runaway> lowest;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    std::span<const std::byte> message = all_.of(rank);
    const Head head = take<Head>(message);
    if (head.what == Came::failure)
      throw RankError(rank,
                      fmt::format("{}: {}", ranks_.name(rank),
                                  std::string_view(reinterpret_cast<const char*>(message.data()),
                                                   message.size())));
    if (head.what != Came::runaway) continue;
    Runaway runaway;
    runaway.time = take<Time>(message);
    runaway.spikes = take<std::uint64_t>(message);
    runaway.neuron = take<NeuronId>(message);
    if (!lowest || runaway.neuron < lowest->neuron) lowest = runaway;
  }
  if (!lowest) throw InternalError("a rank has failed and does not say why");
  throw RunawayError(part_, lowest->neuron, lowest->time, lowest->spikes, max_rate_, remedy_);
}

Time SpikeExchange::worked_out(NeuronId neuron, const std::function<Time()>& work) const {
  Time answer = 0.0;
  const int owner = shares_.owner(part_, neuron);
  if (owner == ranks_.rank()) {
    answer = work();
    gather(std::as_bytes(std::span(&answer, 1)));
  } else {
    gather({});
  }
  std::span<const std::byte> message = all_.of(owner);
  return take<Time>(message);
}

}  // namespace retrograde
