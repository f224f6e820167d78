// Networks that C++ builds (engine/connect/build.hpp) and learns (adjoint/front/train.hpp). Reference: the
// same network and training as scenarios say them, bit for bit.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/adjoint/front.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/training.hpp>

using namespace retrograde;
using enum ParameterKind;

namespace {

const std::string populations =
    "[scenario]\nduration = \"50 ms\"\nseed = 7\n"
    "[[population]]\nname = \"a\"\nmodel = \"input\"\nsize = 12\n"
    "[[population]]\nname = \"b\"\nsize = 10\ntau_mem = \"15 ms\"\n"
    "[[population]]\nname = \"c\"\nmodel = \"cuba_li\"\nsize = 2\n";

NetworkSpec with_populations(std::vector<ProjectionSpec> projections) {
  return {.populations = {{.name = "a", .model = Model::input, .size = 12},
                          {.name = "b", .size = 10, .tau_mem = {15.0}},
                          {.name = "c", .model = Model::cuba_li, .size = 2}},
          .projections = std::move(projections),
          .seed = 7};
}

std::vector<double> all_of(const Network& network) {
  return {network.parameters().begin(), network.parameters().end()};
}

void check_alike(const std::string& keys, ProjectionSpec projection) {
  const bool own = projection.from == "b";
  const Network written = parse_scenario(populations + "[[projection]]\nfrom = \"" +
                                             projection.from + "\"\nto = \"b\"\n" + keys + "\n",
                                         "s.toml")
                              .network;
  projection.to = "b";
  const Network built = build(with_populations({projection}));
  CAPTURE(keys, own);
  REQUIRE(built.synapse_count() == written.synapse_count());
  CHECK(built.synapse_count() > 0);
  const auto of_built = synapses_of(built, built.projections()[0]),
             of_written = synapses_of(written, written.projections()[0]);
  for (std::size_t k = 0; k < of_built.size(); ++k) {
    CHECK(of_built[k].source == of_written[k].source);
    CHECK(of_built[k].target == of_written[k].target);
  }
  CHECK(all_of(built) == all_of(written));
}

}  // namespace

TEST_CASE("C++ draws the synapses that a scenario draws", "[front]") {
  const std::string normal = "weight = { distribution = \"normal\", mean = 1, std = 0.5 }\n",
                    uniform =
                        "delay = { distribution = \"uniform\", low = \"1 ms\", high = \"2 ms\" }\n";
  const Distribution weights = Distribution::normal(1.0, 0.5),
                     delays = Distribution::uniform(1.0, 2.0);
  check_alike(normal + uniform, {.from = "a", .weight = weights, .delay = delays});
  check_alike("allow_autapses = false\n" + normal + uniform,
              {.from = "b",
               .connect = all_to_all({.allow_autapses = false}),
               .weight = weights,
               .delay = delays});
  check_alike(
      "connect = \"one_to_one\"\nweight = { distribution = \"gamma\", shape = 2, scale = 0.1 }\n" +
          uniform,
      {.from = "b",
       .connect = one_to_one(),
       .weight = Distribution::gamma(2.0, 0.1),
       .delay = delays});
  check_alike(
      "connect = \"pairwise_bernoulli\"\ndensity = 0.3\n" + normal + uniform,
      {.from = "a", .connect = pairwise_bernoulli(0.3), .weight = weights, .delay = delays});
  check_alike(
      "connect = \"fixed_indegree\"\nindegree = 4\nallow_multapses = true\n" + normal + uniform,
      {.from = "b",
       .connect = fixed_indegree(4, {.allow_multapses = true}),
       .weight = weights,
       .delay = delays});
  check_alike(
      "connect = \"fixed_outdegree\"\noutdegree = 3\nallow_autapses = false\n"
      "weight = { distribution = \"lognormal\", median = 0.1, sigma = 0.5 }\ndelay = \"1 ms\"\n",
      {.from = "b",
       .connect = fixed_outdegree(3, {.allow_autapses = false}),
       .weight = Distribution::lognormal(0.1, 0.5),
       .delay = 1.0});
  check_alike(
      "connect = \"fixed_total_number\"\ntotal = 40\n"
      "weight = { distribution = \"exponential\", mean = 0.3 }\n"
      "delay = { distribution = \"normal\", mean = \"0.5 ms\", std = \"1 ms\" }\n",
      {.from = "a",
       .connect = fixed_total_number(40),
       .weight = Distribution::exponential(0.3),
       .delay = Distribution::normal(0.5, 1.0)});
  check_alike(
      "connect = \"list\"\nsynapses = [[0, 1], [11, 9]]\nname = \"own\"\n"
      "weight = { distribution = \"truncated_normal\", mean = 0, std = 1, low = 0 }\n",
      {.from = "a",
       .connect = synapse_list({0, 11}, {1, 9}),
       .weight = Distribution::truncated_normal(0.0, 1.0, {.low = 0.0}),
       .name = "own"});
}

TEST_CASE("C++ trains as a scenario does, bit for bit", "[front]") {
  const Scenario scenario = parse_scenario(
      populations +
          "[[projection]]\nfrom = \"a\"\nto = \"b\"\nlearn = [\"weight\", \"delay\"]\ndelay_max = "
          "\"9 ms\"\n"
          "weight = { distribution = \"normal\", mean = 2, std = 1 }\ndelay = \"2 "
          "ms\"\nweight_rate = 0.03\n"
          "[[projection]]\nfrom = \"b\"\nto = \"c\"\nlearn = [\"weight\"]\n"
          "weight = { distribution = \"normal\", mean = 0, std = 0.5 }\ndelay = \"1 ms\"\n"
          "[loss]\nkind = \"voltage_cross_entropy\"\npopulation = \"c\"\nlabel = 0\n"
          "[train]\nepochs = 4\nbatch = 5\nweight_rate = 0.01\ndelay_rate = 0.2\nrate_decay = "
          "0.9\n",
      "s.toml");
  const Network network = build(with_populations(
      {{.from = "a", .to = "b", .weight = Distribution::normal(2.0, 1.0), .delay = 2.0},
       {.from = "b", .to = "c", .weight = Distribution::normal(0.0, 0.5), .delay = 1.0}}));
  REQUIRE(all_of(network) == all_of(scenario.network));

  std::vector<Trial> all;
  std::vector<int> labels;
  for (int k = 0; k < 15; ++k) {
    const double first = k % 2 ? 1.0 : 8.0;
    all.push_back(
        trial_of(network, 50.0, {{"a", {{first}, {9.0 - first}, {0.3 * k}, {first + 10.0}}}}));
    labels.push_back(k % 2);
  }
  const TrialList trials(all, labels);
  TrainerOptions options;
  options.batch = 5;
  options.seed = 7;
  options.schedules.decay = 0.9;
  const Training done = train(network, trials, *scenario.loss,
                              {.learn = {{.owner = "a->b", .kind = weight, .rate = 0.03},
                                         {.owner = "a->b", .kind = delay, .rate = 0.2, .high = 9.0},
                                         {.owner = "b->c", .kind = weight, .rate = 0.01}},
                               .epochs = 4,
                               .options = options});
  Trainer trainer(scenario.network, scenario.learning, trials, *scenario.loss,
                  trainer_options(scenario, 0));
  while (trainer.epoch() < 4) trainer.run_epoch();
  CHECK(all_of(done.network) == all_of(trainer.network()));
  CHECK(all_of(done.network) != all_of(network));
  CHECK(done.history.back().loss_sum == trainer.last_epoch().loss_sum);
}
