// Basis pursuit to 0.25 % of the optimal objective: neurons that send events against proximal
// gradients (FISTA) and against neurons in Euler steps, each with the coarsest setting of its own that
// gets there on all signals; and the same along a path of ten small steps, as an attack takes them,
// where each begins with what the last has left.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/packing.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::bench {

namespace {

constexpr double wanted_error = 0.0025;
constexpr int path_steps = 10;

// A problem, signals, and for each of them the path of an attack of length 0.5 towards a random
// decision: what is to be found there.
struct Pursuit {
  PursuitProblem problem;
  std::vector<std::vector<Vector>> paths;   // of each signal: it, and ten steps
  std::vector<std::vector<double>> best{};  // their objectives

  explicit Pursuit(PursuitProblem p) : problem(std::move(p)) {}

  void add(const Vector& signal, const Vector& direction) {
    std::vector<Vector> path;
    std::vector<double> objectives;
    path.reserve(path_steps + 1);
    objectives.reserve(path_steps + 1);
    for (int k = 0; k <= path_steps; ++k) {
      path.emplace_back(signal + 0.5 * k / path_steps * direction);
      objectives.push_back(fista(problem, path.back(), {.tolerance = 1e-11}).objective);
    }
    paths.push_back(std::move(path));
    best.push_back(std::move(objectives));
  }
  bool good(std::size_t s, std::size_t k, const Vector& code) const {
    return objective(problem, paths[s][k], code) <= (1.0 + wanted_error) * best[s][k];
  }
  // Whether the codes of all signals are good enough, in the path or at its beginning.
  bool all_good(const std::function<Vector(std::size_t s)>& code) const {
    for (std::size_t s = 0; s < paths.size(); ++s)
      if (!good(s, 0, code(s))) return false;
    return true;
  }
};

// The first of 1, 2, ... for which `enough`; it is so from there on.
std::uint32_t least(const std::function<bool(std::uint32_t)>& enough) {
  std::uint32_t most = 1;
  while (!enough(most)) {
    most *= 2;
    if (most > 100'000) throw InternalError("a method of the figure pursuit does not converge");
  }
  std::uint32_t low = most / 2;
  while (most - low > 1) {
    const std::uint32_t middle = low + (most - low) / 2;
    (enough(middle) ? most : low) = middle;
  }
  return most;
}

// FISTA by iterations alone, without looking at a gap.
struct ByFista {
  const Pursuit& pursuit;
  std::uint32_t cold, warm;

  explicit ByFista(const Pursuit& p) : pursuit(p) {
    cold = least([&](std::uint32_t k) {
      return p.all_good([&](std::size_t s) { return code(p.paths[s][0], k); });
    });
    warm = least([&](std::uint32_t k) {
      for (std::size_t s = 0; s < p.paths.size(); ++s)
        if (!along(s, k)) return false;
      return true;
    });
  }
  Vector code(const Vector& signal, std::uint32_t iterations, const Vector& start = {}) const {
    return fista_codes(pursuit.problem, signal, iterations, start).col(0);
  }
  // A path, begun with `cold` iterations and gone on with by so many a step.
  bool along(std::size_t s, std::uint32_t iterations) const {
    Vector at = code(pursuit.paths[s][0], cold);
    bool good = true;
    for (std::size_t k = 1; k <= path_steps; ++k) {
      at = code(pursuit.paths[s][k], iterations, at);
      good = good && pursuit.good(s, k, at);
    }
    return good;
  }
};

struct ByEuler {
  double part = 0.0;  // dt / tau
  std::uint32_t steps = 0;
  std::unique_ptr<SteppedLca> network;

  explicit ByEuler(const Pursuit& p) {
    const double longest = 2.0 / std::fmax(p.problem.dictionary.largest_eigenvalue(), 1.0);
    for (const double share : {0.3, 0.45, 0.6, 0.75, 0.9, 0.99}) {
      const std::uint32_t wanted = least([&](std::uint32_t k) {
        const SteppedLca lca(p.problem, options(share * longest, k));
        return p.all_good([&](std::size_t s) {
          return p.problem.penalty.shrunk(lca.run(p.paths[s][0]).potential);
        });
      });
      if (steps != 0 && wanted >= steps) continue;
      steps = wanted;
      part = share * longest;
    }
    network = std::make_unique<SteppedLca>(p.problem, options(part, steps));
  }
  static SteppedLcaOptions options(double part, std::uint32_t steps) {
    return {.step = part, .steps = steps, .delayed = false};
  }
};

struct ByEvents {
  double theta = 0.2;
  std::unique_ptr<EventLca> network;
  std::uint64_t messages = 0, deliveries = 0, plain_messages = 0;  // of all signals
  std::uint64_t warm = 0, cold = 0;                                // messages of all paths

  explicit ByEvents(const Pursuit& p) {
    for (;; theta *= 0.8) {
      network = std::make_unique<EventLca>(p.problem, EventLcaOptions{.theta = theta});
      if (p.all_good([&](std::size_t s) { return network->run(p.paths[s][0]).code; }) &&
          paths_good(p))
        break;
      if (theta < 1e-6) throw InternalError("events of the figure pursuit do not converge");
    }
    const EventLca plain(p.problem, {.theta = theta, .refining = false});
    for (const std::vector<Vector>& path : p.paths) {
      EventLcaResult result = network->run(path[0]);
      messages += result.messages;
      deliveries += result.deliveries;
      plain_messages += plain.run(path[0]).messages;
      for (std::size_t k = 1; k <= path_steps; ++k) {
        result = network->run(path[k], &result.state);
        warm += result.messages;
        cold += network->run(path[k]).messages;
      }
    }
  }
  void along(const std::vector<Vector>& path) const {
    EventLcaResult result = network->run(path[0]);
    for (std::size_t k = 1; k <= path_steps; ++k) result = network->run(path[k], &result.state);
  }
  bool paths_good(const Pursuit& p) const {
    for (std::size_t s = 0; s < p.paths.size(); ++s) {
      EventLcaResult result = network->run(p.paths[s][0]);
      for (std::size_t k = 1; k <= path_steps; ++k) {
        result = network->run(p.paths[s][k], &result.state);
        if (!p.good(s, k, result.code)) return false;
      }
    }
    return true;
  }
};

void add(Figure& f, const std::string& label, const std::shared_ptr<const Pursuit>& p) {
  const auto fista = std::make_shared<ByFista>(*p);
  const auto euler = std::make_shared<ByEuler>(*p);
  const auto events = std::make_shared<ByEvents>(*p);
  const std::size_t at = f.contestants.size();
  const auto count = static_cast<double>(p->paths.size());
  const auto contestant = [&](const std::string& name, double codes, auto run) {
    f.contestants.push_back({label + ", " + name, "codes", [p, codes, run] {
                               for (std::size_t s = 0; s < p->paths.size(); ++s) run(s);
                               return codes;
                             }});
  };
  contestant("FISTA", count,
             [p, fista](std::size_t s) { fista->code(p->paths[s][0], fista->cold); });
  contestant("Euler steps", count,
             [p, euler](std::size_t s) { euler->network->run(p->paths[s][0]); });
  contestant("events", count, [p, events](std::size_t s) { events->network->run(p->paths[s][0]); });
  const double of_path = count * (path_steps + 1);
  contestant("FISTA along a path", of_path,
             [fista](std::size_t s) { fista->along(s, fista->warm); });
  contestant("events along a path", of_path,
             [p, events](std::size_t s) { events->along(p->paths[s]); });
  f.ratios.push_back({label + ", events to FISTA", {at + 2}, {at}, {}});
  f.ratios.push_back({label + ", events to Euler steps", {at + 2}, {at + 1}, {}});
  f.ratios.push_back({label + ", events to FISTA, along a path", {at + 4}, {at + 3}, {}});
  const double fewer =
      static_cast<double>(events->cold) / std::fmax(static_cast<double>(events->warm), 1.0);
  f.known.push_back(
      {label + ", messages of a step cold to warm", fewer, fewer, fewer, Bound{3.0, true}});
  const double coarse =
      static_cast<double>(events->plain_messages) / static_cast<double>(events->messages);
  f.known.push_back({label + ", messages with one theta to a refined one", coarse, coarse, coarse});
  f.notes.push_back(fmt::format(
      "{}: FISTA {} iterations, {} a step of the path; Euler {} steps of {:.2f} tau; events at "
      "theta {:.3g}: {:.0f} messages and {:.0f} deliveries a code, {:.0f} messages a step cold, "
      "{:.0f} warm",
      label, fista->cold, fista->warm, euler->steps, euler->part, events->theta,
      static_cast<double>(events->messages) / count,
      static_cast<double>(events->deliveries) / count,
      static_cast<double>(events->cold) / (count * path_steps),
      static_cast<double>(events->warm) / (count * path_steps)));
}

Vector direction_of(const PursuitProblem& problem, Random& random) {
  Vector decision(problem.dictionary.size());
  for (double& w : decision) w = random.normal();
  return problem.dictionary.signal(decision).normalized();
}

// The synthetic problem of arXiv:2205.08955: 75 groups of 4 atoms, packed in 100 dimensions; 8 are
// active.
std::shared_ptr<const Pursuit> packed_groups(double size) {
  PackingSpec packed;
  packed.subspaces = std::max<Eigen::Index>(10, std::lround(75 * size));
  packed.dimension = 4 * packed.subspaces / 3;
  packed.iterations = size < 1.0 ? 10 : 300;
  const Groups groups = Groups::equal(4 * packed.subspaces, 4);
  auto p = std::make_shared<Pursuit>(
      PursuitProblem{Dictionary(packing(packed)), Penalty::equal(groups, 0.0, 0.13)});
  Random random(1, "pursuit/groups");
  std::vector<Eigen::Index> order(static_cast<std::size_t>(groups.count()));
  for (std::size_t g = 0; g < order.size(); ++g) order[g] = static_cast<Eigen::Index>(g);
  for (int s = 0; s < (size < 1.0 ? 1 : 4); ++s) {
    random.shuffle(order);
    Vector code = Vector::Zero(groups.coefficients());
    for (std::size_t k = 0; k < 8; ++k)
      for (Eigen::Index i = groups.begin(order[k]); i < groups.begin(order[k] + 1); ++i)
        code(i) = random.uniform(1.0, 2.0);
    p->add(p->problem.dictionary.signal(code), direction_of(p->problem, random));
  }
  return p;
}

// 784 random atoms in 784 dimensions, a tenth of them active, and noise.
std::shared_ptr<const Pursuit> random_atoms(double size) {
  const Eigen::Index n = std::max<Eigen::Index>(20, std::lround(784 * size));
  Random random(2, "pursuit/atoms");
  Matrix atoms(n, n);
  for (double& x : atoms.reshaped()) x = random.normal();
  auto p = std::make_shared<Pursuit>(PursuitProblem{Dictionary(normalised(std::move(atoms))),
                                                    Penalty::equal(Groups::equal(n, 1), 0.1, 0.0)});
  for (int s = 0; s < (size < 1.0 ? 1 : 2); ++s) {
    Vector code = Vector::Zero(n);
    for (Eigen::Index k = 0; k < n / 10; ++k)
      code(static_cast<Eigen::Index>(random.index(static_cast<std::uint64_t>(n)))) =
          random.normal();
    Vector signal = p->problem.dictionary.signal(code);
    for (double& x : signal) x += 0.05 * random.normal();
    p->add(signal, direction_of(p->problem, random));
  }
  return p;
}

}  // namespace

Figure pursuit_figure(const FigureOptions& options) {
  Figure f;
  f.name = "pursuit";
  f.question = "sparse codes to 0.25 % of the optimal objective: events, FISTA, Euler steps";
  const std::shared_ptr<const Pursuit> groups = packed_groups(options.size);
  add(f,
      fmt::format("{} x {} in groups of 4", groups->problem.dictionary.dimension(),
                  groups->problem.dictionary.size()),
      groups);
  const std::shared_ptr<const Pursuit> atoms = random_atoms(options.size);
  add(f,
      fmt::format("{} x {}", atoms->problem.dictionary.dimension(),
                  atoms->problem.dictionary.size()),
      atoms);
  return f;
}

}  // namespace retrograde::bench
