#include <chrono>
#include <exception>
#include <functional>
#include <iterator>
#include <utility>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/ranks/chain.hpp>
#include <retrograde/adjoint/ranks/rank_share.hpp>
#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Trials [first, last) of others.
class SomeTrials final : public LabelledTrials {
 public:
  SomeTrials(const LabelledTrials& all, Portion share) : all_(all), share_(share) {}
  std::size_t size() const override { return share_.size(); }
  Trial trial(std::size_t index) const override { return all_.trial(share_.first + index); }
  int label(std::size_t index) const override { return all_.label(share_.first + index); }

 private:
  const LabelledTrials& all_;
  Portion share_;
};

// What of a share may fail; empty: it did not. Whoever wants the leader to stop gets that at once.
std::string failure_of(const std::function<void()>& work) try {
  work();
  return {};
} catch (const Interrupted&) {
  throw;
} catch (const std::exception& error) {
  const std::string message = error.what();
  return message.empty() ? "failed" : message;
}

// Everybody's results come to the leader in the order of the line, which is that of the trials.
void gather(Ranks& ranks, const Chain& chain, std::string failure, Gathered& gathered) {
  if (!ranks.leads()) {
    Message message;
    message.put_list(std::span<const char>(failure));
    message.put_list(std::span<const TrialResult>(gathered.results));
    send(ranks, 0, message);
    return;
  }
  std::vector<TrialResult> own = std::move(gathered.results);
  gathered.results.clear();
  for (const int rank : chain.line()) {
    if (rank == 0) continue;
    Message message = receive(ranks, rank);
    const std::vector<char> text = message.take_list<char>();
    if (!text.empty()) gathered.failures.push_back({rank, {text.begin(), text.end()}});
    const std::vector<TrialResult> theirs = message.take_list<TrialResult>();
    gathered.results.insert(gathered.results.end(), theirs.begin(), theirs.end());
  }
  gathered.results.insert(gathered.results.end(), own.begin(), own.end());
  if (!failure.empty()) gathered.failures.push_back({0, std::move(failure)});
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Gathered share_batch(Ranks& ranks, BatchPass& pass, const Network& network,
                     const GradientOptions& options, std::size_t parameters,
                     std::vector<std::vector<double>>& sums) {
  const auto started = std::chrono::steady_clock::now();
  const Chain chain(ranks, pass.groups().count());
  const bool regularised = options.regulariser.strength > 0.0;
  Gathered gathered;
  gathered.spikes.assign(network.neuron_count(), 0);
  std::string failure;
  if (chain.takes_part())
    failure = failure_of([&] {
      gathered.results = pass.forward();
      gathered.spikes = pass.spikes();
    });
  gathered.forward_seconds = seconds_since(started);

  // Before the way back only where it depends on the spikes of all.
  if (regularised) {
    if (chain.takes_part()) add_along(ranks, chain, gathered.spikes);
    if (ranks.leads())
      ranks.tell(std::as_bytes(std::span(gathered.spikes)));
    else
      ranks.hear(std::as_writable_bytes(std::span(gathered.spikes)));
  }
  if (!chain.takes_part()) return gathered;
  if (failure.empty())
    failure = failure_of([&] { pass.backward(gathered.spikes, gathered.results, sums); });
  if (!failure.empty()) {
    sums.resize(std::max(sums.size(), chain.mine().size()));
    for (std::vector<double>& sum : sums) sum.assign(parameters, 0.0);
  }
  if (!regularised) add_along(ranks, chain, gathered.spikes);
  gather(ranks, chain, std::move(failure), gathered);
  add_along(ranks, chain, std::span(sums).first(chain.mine().size()));
  return gathered;
}

Gathered share_judgement(Ranks& ranks, const SharedTask& task, const Machine& machine,
                         const RunOptions& run) {
  const Chain chain(ranks, task.judges.size());
  Gathered gathered;
  gathered.spikes.assign(machine.network().neuron_count(), 0);
  if (!chain.takes_part()) return gathered;
  std::string failure = failure_of([&] {
    gathered.spikes = evaluate(machine, SomeTrials(task.judges, chain.mine()), task.loss, run, {},
                               [&](std::size_t, const TrialResult& result, const Tape&) {
                                 gathered.results.push_back(result);
                               })
                          .spikes;
  });
  add_along(ranks, chain, gathered.spikes);
  gather(ranks, chain, std::move(failure), gathered);
  return gathered;
}

}  // namespace retrograde
