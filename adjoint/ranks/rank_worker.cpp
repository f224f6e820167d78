#include <memory>
#include <utility>

#include <retrograde/adjoint/ranks/chain.hpp>
#include <retrograde/adjoint/ranks/rank_share.hpp>
#include <retrograde/adjoint/ranks/rank_worker.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

Network hear_network(Ranks& ranks, const SharedTask& task, Message& message) {
  const std::vector<PairId> pairs = message.take_list<PairId>();
  std::vector<double> values(message.take<std::uint64_t>());
  ranks.hear(std::as_writable_bytes(std::span(values)));
  return task.network_of(pairs, std::move(values));
}

void serve_gradient(Ranks& ranks, const SharedTask& task, Message& message,
                    std::vector<std::vector<double>>& sums) {
  GradientOptions options;
  options.run = task.run;
  options.run.readout = task.loss.readout();
  options.epoch = message.take<std::uint32_t>();
  options.neuron_parameters = message.take<bool>();
  options.delays = message.take<bool>();
  options.grazing = message.take<GrazingOptions>();
  options.regulariser = message.take<RateRegulariser>();
  options.groups = message.take<std::uint64_t>();
  const std::vector<std::uint32_t> batch = message.take_list<std::uint32_t>();
  const std::vector<Candidate> candidates = message.take_list<Candidate>();
  options.candidates = candidates;
  const Network network = hear_network(ranks, task, message);
  std::unique_ptr<BatchPass> pass;
  try {
    pass = std::make_unique<BatchPass>(
        task.machines(network), task.of_candidates, task.trials, batch, task.loss, options,
        place_in_line(ranks.rank(), ranks.size()), static_cast<std::size_t>(ranks.size()));
  } catch (const Error&) {  // which the leader meets as well
    return;
  }
  share_batch(ranks, *pass, network, options, pass->layout().size(), sums);
}

void serve_judgement(Ranks& ranks, const SharedTask& task, Message& message) {
  const Network network = hear_network(ranks, task, message);
  BatchMachines machines;
  try {
    machines = task.machines(network);
  } catch (const Error&) {  // which the leader meets as well
    return;
  }
  share_judgement(ranks, task, *machines.forward, task.run);
}

}  // namespace

Request serve(Ranks& ranks, const SharedTask& task) {
  std::vector<std::vector<double>> sums;
  for (;;) {
    Request request = wait_for_request(ranks);
    if (request.what == Asked::gradient)
      serve_gradient(ranks, task, request.message, sums);
    else if (request.what == Asked::judgement)
      serve_judgement(ranks, task, request.message);
    else
      return request;
  }
}

}  // namespace retrograde
