#include <chrono>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/ranks/chain.hpp>
#include <retrograde/adjoint/ranks/rank_share.hpp>
#include <retrograde/adjoint/ranks/ranked_gradients.hpp>
#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The leader's own trials end when it is to stop; those of others need not.
RunOptions stoppable_by(const Ranks& ranks, RunOptions options) {
  options.progress = [&ranks, told = std::move(options.progress)](Time t) {
    return !ranks.stopped() && (!told || told(t));
  };
  return options;
}

void tell_network(Ranks& ranks, Asked what, Message message, const SharedTask& task,
                  const Network& network) {
  message.put_list(std::span<const PairId>(task.pairs_of(network)));
  message.put(static_cast<std::uint64_t>(network.parameters().size()));
  ask(ranks, what, message);
  ranks.tell(std::as_bytes(network.parameters()));
}

// Machines that a network cannot have are refused by all ranks alike, and everybody is where he was.
template <typename Make>
auto refused_by_all(Ranks& ranks, const Make& make) try {
  return make();
} catch (const Error&) {
  ranks.set_at_rest(true);
  throw;
}

// Of what only others met.
[[noreturn]] void throw_failure(const Ranks& ranks, const ShareFailure& failure) {
  throw RankError(failure.rank, fmt::format("{}: {}", ranks.name(failure.rank), failure.message));
}

}  // namespace

RankedGradients::RankedGradients(Ranks& ranks, SharedTask task)
    : ranks_(ranks), task_(std::move(task)), alone_(task_.machines, task_.of_candidates) {}

void RankedGradients::make(const Network& network, const LabelledTrials& trials,
                           std::span<const std::uint32_t> batch, const Loss& loss,
                           const GradientOptions& options, BatchGradient& result) {
  if (batch.empty()) throw InternalError("RankedGradients: a batch without trials");
  GradientOptions own = options;
  own.run = stoppable_by(ranks_, options.run);
  if (options.inspect || ranks_.size() == 1)
    return alone_.make(network, trials, batch, loss, own, result);

  const auto started = Clock::now();
  Message message;
  message.put(options.epoch);
  message.put(options.neuron_parameters);
  message.put(options.delays);
  message.put(options.grazing);
  message.put(options.regulariser);
  message.put(static_cast<std::uint64_t>(options.groups));
  message.put_list(batch);
  message.put_list(options.candidates);
  ranks_.set_at_rest(false);
  tell_network(ranks_, Asked::gradient, std::move(message), task_, network);

  const auto pass = refused_by_all(ranks_, [&] {
    return std::make_unique<BatchPass>(task_.machines(network), task_.of_candidates, trials, batch,
                                       loss, own, place_in_line(ranks_.rank(), ranks_.size()),
                                       static_cast<std::size_t>(ranks_.size()));
  });
  const double prepared = seconds_since(started);
  Gathered gathered = share_batch(ranks_, *pass, network, own, pass->layout().size(), sums_);
  ranks_.set_at_rest(true);
  if (!gathered.failures.empty()) {
    alone_.make(network, trials, batch, loss, own, result);
    throw_failure(ranks_, gathered.failures.front());
  }
  result.results = std::move(gathered.results);
  result.spikes = std::move(gathered.spikes);
  pass->split(std::move(sums_[0]), result);
  result.forward_seconds = prepared + gathered.forward_seconds;
  result.backward_seconds = seconds_since(started) - result.forward_seconds;
}

SetResult evaluate_over(Ranks& ranks, const SharedTask& task, const Network& network) {
  const RunOptions run = stoppable_by(ranks, task.run);
  const auto alone = [&] {
    return evaluate(*task.machines(network).forward, task.judges, task.loss, run);
  };
  if (ranks.size() == 1) return alone();
  ranks.set_at_rest(false);
  tell_network(ranks, Asked::judgement, {}, task, network);
  const BatchMachines machines = refused_by_all(ranks, [&] { return task.machines(network); });
  const Gathered gathered = share_judgement(ranks, task, *machines.forward, run);
  ranks.set_at_rest(true);
  if (!gathered.failures.empty()) {
    (void)alone();
    throw_failure(ranks, gathered.failures.front());
  }
  SetResult result(network);
  const std::uint32_t classes = network.populations()[task.loss.readout().population].size;
  result.confusion.assign(std::size_t{classes} * (classes + 1), 0);
  for (const TrialResult& each : gathered.results) {
    result.add(each);
    result.count_decision(classes, each);
  }
  result.spikes = gathered.spikes;
  return result;
}

}  // namespace retrograde
