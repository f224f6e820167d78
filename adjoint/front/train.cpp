#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <utility>

#include <retrograde/adjoint/front/train.hpp>
#include <retrograde/engine/network/named_values.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

template <typename... Args>
[[noreturn]] void fail(const ParameterBlock& block, fmt::format_string<Args...> format,
                       Args&&... args) {
  throw NetworkError(block.owner, fmt::format(format, std::forward<Args>(args)...));
}

void check_numbers(const ParameterBlock& block, const Learn& learn) {
  if (!(learn.rate > 0.0) || !std::isfinite(learn.rate))
    fail(block, "the rate of {} is {}; it must be finite and above 0", name(block.kind),
         learn.rate);
  for (const auto& [number, what] : {std::pair(learn.decay, "decay"), std::pair(learn.l1, "l1")})
    if (!(number >= 0.0) || !std::isfinite(number))
      fail(block, "{} of {} is {}; it must be finite and not below 0", what, name(block.kind),
           number);
  for (const std::optional<double>& bound : {learn.low, learn.high})
    if (bound && !traits(block.kind).range.contains(*bound))
      fail(block, "a bound of {} is {}; {}", name(block.kind), *bound, requirement(block.kind));
}

// Nothing that is said may go without effect.
void check_options(const Network& network, const TrainerOptions& options) {
  if (options.batch == 0) throw NetworkError("train", "batch is 0; choose 1 at least");
  for (const auto& numbers : {options.adam.rate, options.adam.decay, options.adam.l1})
    for (const double number : numbers)
      if (number != 0.0)
        throw NetworkError("train",
                           "options.adam has a rate, decay or l1 of its own; give it to each entry "
                           "of learn instead");
  for (const auto& [beta, what] :
       {std::pair(options.adam.beta1, "beta1"), std::pair(options.adam.beta2, "beta2")})
    if (!(beta >= 0.0 && beta < 1.0))
      throw NetworkError(
          "train",
          fmt::format("options.adam.{} is {}; it must be at least 0 and below 1", what, beta));
  if (!(options.adam.epsilon > 0.0) || !std::isfinite(options.adam.epsilon))
    throw NetworkError("train",
                       fmt::format("options.adam.epsilon is {}; it must be finite and above 0",
                                   options.adam.epsilon));
  if (!(options.gradient_clip >= 0.0))
    throw NetworkError(
        "train", fmt::format("options.gradient_clip is {}; it must not be below 0, which is none",
                             options.gradient_clip));
  const std::size_t populations = network.populations().size();
  if (!options.dropout.empty() && options.dropout.size() != populations)
    throw NetworkError("train",
                       fmt::format("options.dropout has {} probabilities, and the network has {} "
                                   "populations; give one for each, or none",
                                   options.dropout.size(), populations));
  for (std::size_t p = 0; p < options.dropout.size(); ++p)
    if (!(options.dropout[p] >= 0.0 && options.dropout[p] < 1.0))
      throw NetworkError(network.populations()[p].name,
                         fmt::format("options.dropout is {}; it must be at least 0 and below 1",
                                     options.dropout[p]));
}

void check_bounds(const Network& network, const ParameterBlock& block, double low, double high) {
  if (low > high)
    fail(block, "{} is to stay between {} and {}; exchange or widen them", name(block.kind), low,
         high);
  const std::span<const double> values = block.of(network.parameters());
  for (std::size_t k = 0; k < values.size(); ++k)
    if (!(values[k] >= low && values[k] <= high))
      fail(block,
           "entry {} of {} starts with {}, but learning keeps it between {} and {}; start within, "
           "or give other bounds",
           k, name(block.kind), values[k], low, high);
}

}  // namespace

Learning learning_of(const Network& network, const std::vector<Learn>& learn) {
  Learning learning = Learning::none(network);
  for (const Learn& each : learn) {
    const ParameterBlock block = parameter_block(network, each.owner, each.kind);
    check_numbers(block, each);
    if (block.size == 0) continue;
    if (learning.learned[block.begin])
      fail(block, "{} is listed twice; once is enough", name(block.kind));
    const double low = each.low.value_or(learning.lower[block.begin]),
                 high = each.high.value_or(learning.upper[block.begin]);
    check_bounds(network, block, low, high);
    learning.lower.fill(block.begin, block.size, low);
    learning.upper.fill(block.begin, block.size, high);
    learning.learned.fill(block.begin, block.size, 1);
    learning.groups.push_back(
        {block.begin, block.begin + block.size, each.rate, each.decay, each.l1});
  }
  return learning;
}

Training train(const Network& network, const LabelledTrials& trials, const Loss& loss,
               const TrainingSpec& spec) {
  if (trials.size() == 0) throw NetworkError("train", "there is no trial; give one at least");
  if (spec.epochs == 0) throw NetworkError("train", "epochs is 0; choose 1 at least");
  check_options(network, spec.options);
  Learning learning = learning_of(network, spec.learn);
  if (!learning.any())
    throw NetworkError("train",
                       "nothing is learned; list a kind of parameter of a population or a "
                       "projection in learn");
  TrainerOptions options = spec.options;
  options.schedules.epochs = spec.epochs;
  for (const Learn& each : spec.learn) {
    double& rate = options.adam.rate[static_cast<std::size_t>(each.kind)];
    rate = std::max(rate, each.rate);  // for messages; each has its own
  }

  Trainer trainer(network, std::move(learning), trials, loss, options);
  Training result;
  while (!result.stopped && trainer.epoch() < spec.epochs) {
    if (!trainer.run_epoch(spec.on_batch)) {
      result.stopped = true;
      break;
    }
    const SetResult& epoch = trainer.last_epoch();
    trainer.watch(epoch.accuracy().value_or(-epoch.loss()));
    result.history.push_back(epoch);
    if (trainer.stuck())
      throw NetworkError("train",
                         "nothing can be learned: after an epoch every gradient of what is learned "
                         "is 0; look at the spikes, whose neurons may be silent, learn other "
                         "parameters, or choose another loss");
    if (spec.on_epoch && !spec.on_epoch(trainer)) result.stopped = trainer.epoch() < spec.epochs;
  }
  result.network = trainer.folded();
  return result;
}

}  // namespace retrograde
