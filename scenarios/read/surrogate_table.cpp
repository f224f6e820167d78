#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <vector>

#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/surrogate_table.hpp>

namespace retrograde {

namespace {

Surrogate read_shape(TomlTable& table) {
  constexpr SurrogateShape shapes[] = {SurrogateShape::arctangent, SurrogateShape::fast_sigmoid,
                                       SurrogateShape::superspike};
  Surrogate surrogate;
  if (const auto shape = table.find("surrogate"))
    surrogate.shape = shapes[shape->choice({"arctangent", "fast_sigmoid", "superspike"})];
  // Single precision: a much steeper one has squares that are not finite.
  surrogate.slope = table.number("slope", surrogate.slope, {0.0, 1e6, true, false});
  return surrogate;
}

DilatedKernel read_kernel(TomlTable& table) {
  constexpr KernelShape shapes[] = {KernelShape::gaussian, KernelShape::triangle,
                                    KernelShape::bilinear};
  DilatedKernel kernel;
  if (const auto shape = table.find("kernel"))
    kernel.shape = shapes[shape->choice({"gaussian", "triangle", "bilinear"})];
  if (kernel.shape == KernelShape::bilinear)
    for (const char* key : {"width", "width_end", "width_share"})
      if (table.has(key))
        table.fail_at_key(key,
                          "a bilinear kernel has no width; remove it, or choose another kernel");
  kernel.begin = table.number("width", kernel.begin, Range::positive());
  kernel.end = table.number("width_end", kernel.end, Range::positive());
  kernel.share = table.number("width_share", kernel.share, {0.0, 1.0});
  return kernel;
}

// Adam of gain and offset is that of the weights.
BatchNormSpec read_batch_norm(TomlTable& table, const TrainSpec& train, const Network& network) {
  BatchNormSpec norm;
  norm.rate = train.weight_rate;
  norm.beta1 = train.beta1;
  norm.beta2 = train.beta2;
  norm.adam_epsilon = train.epsilon;
  const auto listed = table.find("batch_norm");
  if (!listed) {
    for (const char* key :
         {"batch_norm_gain", "batch_norm_rate", "batch_norm_momentum", "batch_norm_epsilon"})
      if (table.has(key))
        table.fail_at_key(key,
                          "belongs to batch_norm, which is missing; write batch_norm = "
                          "[\"hidden\"], the populations whose input is normalised, or remove it");
    return norm;
  }
  norm.populations.assign(network.populations().size(), 0);
  for (const TomlValue& named : listed->list()) {
    const std::uint32_t p = population_named(named, population_names(network));
    if (network.populations()[p].model->is_input())
      named.fail(fmt::format(
          "{} is an input, which nothing reaches; name a population with neurons", named.found()));
    if (norm.populations[p])
      named.fail(fmt::format("{} is listed twice; once is enough", named.found()));
    norm.populations[p] = 1;
  }
  norm.gain = table.number("batch_norm_gain", norm.gain, Range::positive());
  norm.rate = table.number("batch_norm_rate", norm.rate, Range::not_negative());
  norm.momentum = table.number("batch_norm_momentum", norm.momentum, {0.0, 1.0, true, false});
  norm.epsilon = table.number("batch_norm_epsilon", norm.epsilon, Range::positive());
  return norm;
}

// Whatever the method.
SteppedSpec read_table(TomlTable& table, const SurrogateContext& context) {
  table.known({"step", "surrogate", "slope", "kernel", "width", "width_end", "width_share",
               "batch_norm", "batch_norm_gain", "batch_norm_rate", "batch_norm_momentum",
               "batch_norm_epsilon"});
  SteppedSpec spec;
  if (context.frame > 0.0) spec.step = context.frame;
  spec.step = table.time("step", spec.step, {0.0, context.duration, true, false});
  spec.surrogate = read_shape(table);
  spec.kernel = read_kernel(table);
  spec.kernel.epochs = context.train.epochs;
  spec.batch_norm = read_batch_norm(table, context.train, context.network);
  return spec;
}

// Where a whole number of steps is meant, rounding adds none.
double steps_up_to(Time time, Time step) { return std::ceil(time / step * (1.0 - 1e-12)); }

// Of a projection whose delays are learned: the longest that its synapses may come to, which is what
// delay_max says or else the longest at the start.
std::uint32_t longest_of(const TomlTable& train, const SurrogateContext& context, Time step,
                         const Projection& p, const Learning& learning) {
  const Network& network = context.network;
  const std::size_t delays = network.layout().offset(ParameterKind::delay);
  Time beside = 0.0, start = 0.0, bound = 0.0;
  for (SynapseId s = p.first; s < p.first + p.size; ++s) {
    const Time own = network.parameters()[delays + s];
    beside = std::max(beside, network.total_delay(s) - own);
    start = std::max(start, own);
  }
  learning.for_each_alike(delays + p.first, delays + p.first + p.size,
                          [&](std::size_t, std::size_t, const ValueRange& range) {
                            if (range.learned) bound = std::max(bound, range.upper);
                          });
  // Nobody wrote one: learned delays end at the duration then. A longer one is meant.
  if (bound == context.duration || !std::isfinite(bound)) bound = start;
  const double steps = steps_up_to(beside + bound, step);
  if (steps < 1.0)
    train.fail_at_key(
        "method", fmt::format("delays of {} are learned and all begin at 0, so that their kernels "
                              "have no room; write delay_max = \"{:g} ms\" or the like there",
                              p.name, 25.0 * step));
  if (steps > 65'535.0)
    train.fail_at_key("method",
                      fmt::format("a delay of {} may be {:g} steps long, and 65535 are possible; "
                                  "write a smaller delay_max there, or a longer step",
                                  p.name, steps));
  return static_cast<std::uint32_t>(steps);
}

// Kernels, and bounds of what they are of.
void set_kernels(const TomlTable& train, const SurrogateContext& context, SteppedSpec& spec,
                 Learning& learning) {
  const Network& network = context.network;
  const std::size_t delays = network.layout().offset(ParameterKind::delay);
  for (const Projection& p : network.projections()) {
    const std::size_t begin = delays + p.first;
    const bool dilated = learning.count(begin, begin + p.size) > 0;
    spec.dilated.push_back(dilated);
    spec.longest.push_back(dilated ? longest_of(train, context, spec.step, p, learning) : 0);
    if (!dilated) continue;
    learning.upper.change(begin, begin + p.size, [&](std::size_t k, double upper) {
      const Time beside =
          network.total_delay(static_cast<SynapseId>(k - delays)) - network.parameters()[k];
      return std::min(upper, spec.longest.back() * spec.step - beside);
    });
  }
}

// What has no surrogate gradient, named by what would have one.
void check_learned(const TomlTable& train, const Network& network, const Learning& learning) {
  for (const ParameterKind kind : parameter_kinds) {
    if (kind == ParameterKind::weight || kind == ParameterKind::delay ||
        kind == ParameterKind::bias || !learning.any(network.layout(), kind))
      continue;
    train.fail_at_key("method", fmt::format("{} is learned, which has no surrogate gradient here; "
                                            "learn weight, delay and bias, or write \"exact\"",
                                            name(kind)));
  }
}

void check_loss(const TomlTable& train, const SurrogateContext& context) {
  if (!context.loss) return;  // training asks for one
  const Population& read = population_of(context.network, context.loss->readout());
  if (!context.loss->goes_in_steps())
    train.fail_at_key("method",
                      fmt::format("the loss {} has no form in steps; write kind = "
                                  "\"voltage_cross_entropy\", or another that begins with "
                                  "voltage_ or softmax_, without [loss.silence], or \"exact\" here",
                                  context.loss->name()));
  if (read.model->fires())
    train.fail_at_key("method",
                      fmt::format("the loss reads V of {}, which fires; let it read a cuba_li or "
                                  "li population that this one projects to",
                                  read.name));
}

}  // namespace

std::optional<SteppedSpec> read_surrogate(TomlTable& train, const SurrogateContext& context,
                                          Learning& learning) {
  const auto method = train.find("method");
  const bool surrogate = method && method->choice({"exact", "surrogate"}) == 1;
  auto table = train.single("surrogate");
  if (table && !method)
    table->fail(
        "it has no effect without method = \"surrogate\" in [train]; write that, or remove "
        "the table");
  const std::string nowhere;
  const toml::table nothing;
  if (!table) table.emplace(nowhere, nothing, "train.surrogate");
  SteppedSpec spec = read_table(*table, context);
  if (!surrogate) return std::nullopt;
  check_learned(train, context.network, learning);
  check_loss(train, context);
  set_kernels(train, context, spec, learning);
  try {
    const SteppedGradients possible(context.network, spec);
  } catch (const NetworkError& error) {
    method->fail(error.what());
  }
  return spec;
}

}  // namespace retrograde
