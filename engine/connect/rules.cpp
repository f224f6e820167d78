#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <utility>

#include <retrograde/engine/connect/rules.hpp>
#include <retrograde/events/distinct.hpp>
#include <retrograde/events/geometric.hpp>

namespace retrograde {

namespace {

using Meet = std::function<void(const RuleSynapse&)>;

// Synapses that are drawn from one stream where nothing else divides them.
constexpr std::uint64_t synapses_together = 256;
// Up to so many different pairs are drawn at once, every set of them equally likely.
constexpr std::uint64_t most_at_once = 1 << 14;

// What a rule is made of.
struct Ground {
  Ground(const ProjectionEnds& ends, const Connectivity& connectivity_, RuleSpec spec_)
      : sources(ends.from.size),
        targets(ends.to.size),
        connectivity(connectivity_),
        spec(std::move(spec_)) {}

  Random stream(std::uint64_t entity) const { return Random(spec.seed, spec.purpose, 1 + entity); }
  std::uint64_t pair(std::uint32_t source, std::uint32_t target) const {
    return std::uint64_t{target} * sources + source;
  }
  // Of `partners` neurons those that may meet `neuron`, and the k-th of them.
  std::uint32_t partners(std::uint32_t count) const { return count - !connectivity.autapses; }
  std::uint32_t partner(std::uint64_t k, std::uint32_t neuron) const {
    return static_cast<std::uint32_t>(k + (!connectivity.autapses && k >= neuron));
  }
  void values(const RuleSynapse& s, double& weight, double& delay) const {
    weight = spec.weights.at(s.number, s.source, s.target);
    delay = spec.delays.at(s.number, s.source, s.target);
  }

  std::uint32_t sources, targets;
  Connectivity connectivity;
  RuleSpec spec;
};

// `degree` of `count` partners of a neuron: body(k, partner).
template <typename Body>
void for_each_partner(const Ground& ground, std::uint32_t count, std::uint32_t neuron,
                      const Body& body) {
  const std::uint32_t degree = ground.connectivity.degree, partners = ground.partners(count);
  Random random = ground.stream(neuron);
  if (ground.connectivity.multapses) {
    for (std::uint32_t k = 0; k < degree; ++k)
      body(k, ground.partner(random.index(partners), neuron));
  } else {
    for_each_distinct(degree, partners, random, [&](std::uint64_t k, std::uint64_t partner) {
      body(k, ground.partner(partner, neuron));
    });
  }
}

void visit_indegree(const Ground& ground, std::uint32_t piece, const Meet& meet) {
  const std::uint32_t target = ground.spec.wanted.begin + piece;
  for_each_partner(ground, ground.sources, target, [&](std::uint64_t k, std::uint32_t source) {
    meet({source, target, std::uint64_t{target} << 32 | k});
  });
}

void visit_outdegree(const Ground& ground, std::uint32_t source, const Meet& meet) {
  for_each_partner(ground, ground.targets, source, [&](std::uint64_t k, std::uint32_t target) {
    if (ground.spec.wanted.holds(target)) meet({source, target, std::uint64_t{source} << 32 | k});
  });
}

// Pairs that there may be, and the synapse of the k-th.
std::uint64_t possible_pairs(const Ground& ground) {
  return std::uint64_t{ground.sources} * ground.partners(ground.targets);
}
RuleSynapse of_pair(const Ground& ground, std::uint64_t k, std::uint64_t number) {
  const std::uint32_t row = ground.partners(ground.targets);
  const auto source = static_cast<std::uint32_t>(k / row);
  return {source, ground.partner(k % row, source), number};
}

// As many as there are, with pairs that may come again.
void visit_total_again(const Ground& ground, std::uint32_t piece, const Meet& meet) {
  Random random = ground.stream(piece);
  const std::uint64_t pairs = possible_pairs(ground), begin = piece * synapses_together;
  const std::uint64_t end = std::min(begin + synapses_together, ground.connectivity.total);
  for (std::uint64_t number = begin; number < end; ++number) {
    const RuleSynapse s = of_pair(ground, random.index(pairs), number);
    if (ground.spec.wanted.holds(s.target)) meet(s);
  }
}

// Different ones: few at once, or the first of a random order.
void visit_total_at_once(const Ground& ground, const Meet& meet) {
  Random random = ground.stream(0);
  for_each_distinct(ground.connectivity.total, possible_pairs(ground), random,
                    [&](std::uint64_t number, std::uint64_t k) {
                      const RuleSynapse s = of_pair(ground, k, number);
                      if (ground.spec.wanted.holds(s.target)) meet(s);
                    });
}
void visit_total_in_order(const Ground& ground, const RandomOrder& order, std::uint32_t piece,
                          const Meet& meet) {
  const std::uint64_t begin = piece * synapses_together;
  const std::uint64_t end = std::min(begin + synapses_together, ground.connectivity.total);
  for (std::uint64_t number = begin; number < end; ++number) {
    const RuleSynapse s = of_pair(ground, order.at(number), number);
    if (ground.spec.wanted.holds(s.target)) meet(s);
  }
}

// Each pair with one probability: the targets of a source in steps from one to the next.
void visit_bernoulli(const Ground& ground, std::uint32_t source, const Meet& meet) {
  const auto body = [&](std::uint64_t target) {
    const auto t = static_cast<std::uint32_t>(target);
    if (ground.spec.wanted.holds(t) && (ground.connectivity.autapses || t != source))
      meet({source, t, ground.pair(source, t)});
  };
  const double density = ground.connectivity.density;
  if (density < 1.0)
    for_each_chosen(density, ground.stream(source), ground.spec.wanted.end, body);
  else
    for (std::uint32_t t = ground.spec.wanted.begin; t < ground.spec.wanted.end; ++t) body(t);
}

void visit_list(const Ground& ground, std::uint32_t piece, const Meet& meet) {
  const SynapseList& list = *ground.connectivity.list;
  const std::uint64_t begin = piece * synapses_together;
  const std::uint64_t end = std::min<std::uint64_t>(begin + synapses_together, list.sources.size());
  for (std::uint64_t k = begin; k < end; ++k)
    if (ground.spec.wanted.holds(list.targets[k])) meet({list.sources[k], list.targets[k], k});
}

// --- by distance ---

// Places of a row or column of the target's grid: `count` of them from `first` on, round a ring.
struct Window {
  std::uint32_t first, count;
};

// Those whose coordinate is at most `reach` from x, and perhaps some more.
Window window_around(const Grid& grid, std::uint32_t length, double x, double reach) {
  const double middle = x / grid.spacing + 0.5 * (length - 1.0), half = reach / grid.spacing;
  const double low = std::ceil(middle - half - 1e-6), high = std::floor(middle + half + 1e-6);
  if (high < low) return {0, 0};
  if (high - low + 1.0 >= length && grid.wrap) return {0, length};
  if (!grid.wrap) {
    const double first = std::max(low, 0.0), last = std::min(high, length - 1.0);
    if (last < first) return {0, 0};
    return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last - first) + 1};
  }
  const double first = low - std::floor(low / length) * length;
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(high - low) + 1};
}

// Distances are rounded: those at the radius are within it, all of them.
constexpr double at_radius = 1.0 + 1e-9;

// From where on a synapse is less likely than any random number tells.
double reach_of(const DistanceDensity& density, double largest) {
  const double steps = 53.0 * std::numbers::ln2;
  const Profile& p = density.profile;
  double reach = std::min(density.radius * at_radius, largest);
  if (p.kind == Profile::Kind::gaussian) reach = std::min(reach, p.second * std::sqrt(2 * steps));
  if (p.kind == Profile::Kind::exponential) reach = std::min(reach, p.second * steps);
  return reach;
}

class DistanceRows {
 public:
  DistanceRows(const ProjectionEnds& ends, const DistanceDensity& density)
      : grids_{*ends.from_grid, *ends.to_grid},
        density_(density),
        reach_(reach_of(density, grids_.largest_distance())) {}

  // row(least distance, body(k) -> target, count) of each row of the target's grid within reach.
  template <typename Row>
  void for_each_row(std::uint32_t source, const Row& row) const {
    const Grid &from = grids_.from, &to = grids_.to;
    const double x = from.coordinate(source % from.columns, from.columns),
                 y = from.coordinate(source / from.columns, from.rows);
    const bool line = from.rows == 1 && to.rows == 1;
    const Window rows = line ? Window{0, 1} : window_around(to, to.rows, y, reach_);
    for (std::uint32_t r = 0; r < rows.count; ++r) {
      const std::uint32_t at = (rows.first + r) % to.rows;
      double apart = line ? 0.0 : std::fabs(to.coordinate(at, to.rows) - y);
      if (to.wrap && !line) apart = std::min(apart, to.rows * to.spacing - apart);
      if (apart > reach_) continue;
      const Window columns =
          window_around(to, to.columns, x, std::sqrt(reach_ * reach_ - apart * apart));
      row(density_.profile.at(apart), columns.count, [&, at](std::uint64_t k) {
        return at * to.columns + static_cast<std::uint32_t>((columns.first + k) % to.columns);
      });
    }
  }
  double probability(std::uint32_t source, std::uint32_t target) const {
    const double distance = grids_.distance(source, target);
    return distance <= density_.radius * at_radius ? density_.profile.at(distance) : 0.0;
  }

 private:
  GridPair grids_;
  DistanceDensity density_;
  double reach_;
};

void visit_distance(const Ground& ground, const DistanceRows& rows, std::uint32_t source,
                    const Meet& meet) {
  Random chance = ground.stream(source);
  std::uint64_t row_number = 0;
  rows.for_each_row(source, [&](double most, std::uint32_t count, const auto& target_at) {
    const auto body = [&](std::uint64_t k) {
      const std::uint32_t target = target_at(k);
      const double probability = rows.probability(source, target);
      if (!(chance.uniform() * most < probability)) return;
      if (ground.spec.wanted.holds(target) && (ground.connectivity.autapses || target != source))
        meet({source, target, ground.pair(source, target)});
    };
    ++row_number;
    if (most >= 1.0)
      for (std::uint32_t k = 0; k < count; ++k) body(k);
    else
      for_each_chosen(most,
                      Random(ground.spec.seed, ground.spec.purpose + "/row",
                             std::uint64_t{source} << 32 | row_number),
                      count, body);
  });
}

std::uint32_t pieces_of(std::uint64_t synapses) {
  return static_cast<std::uint32_t>((synapses + synapses_together - 1) / synapses_together);
}

}  // namespace

double expected_synapses(const ProjectionEnds& ends, const Connectivity& connectivity) {
  switch (connectivity.connect) {
    case Connect::fixed_indegree:
      return static_cast<double>(connectivity.degree) * ends.to.size;
    case Connect::fixed_outdegree:
      return static_cast<double>(connectivity.degree) * ends.from.size;
    case Connect::fixed_total_number:
      return static_cast<double>(connectivity.total);
    case Connect::list:
      return static_cast<double>(connectivity.list->sources.size());
    default:
      break;
  }
  if (!connectivity.distance) return connectivity.density * static_cast<double>(connectivity.pairs);
  // Of the source in the middle, which has the most.
  const DistanceRows rows(ends, *connectivity.distance);
  const Grid& from = *ends.from_grid;
  const std::uint32_t middle = from.rows / 2 * from.columns + from.columns / 2;
  double expected = 0.0;
  rows.for_each_row(middle, [&](double, std::uint32_t count, const auto& target_at) {
    for (std::uint32_t k = 0; k < count; ++k) expected += rows.probability(middle, target_at(k));
  });
  return expected * ends.from.size;
}

SynapseRule make_rule(const ProjectionEnds& ends, const Connectivity& connectivity, RuleSpec spec) {
  const auto ground = std::make_shared<const Ground>(ends, connectivity, std::move(spec));
  SynapseRule rule;
  rule.multapses = connectivity.multapses;
  rule.values = [ground](const RuleSynapse& s, double& weight, double& delay) {
    ground->values(s, weight, delay);
  };
  const auto visits = [&](std::uint32_t pieces, auto visit) {
    rule.pieces = pieces;
    rule.visit = [ground, visit](std::uint32_t piece, const Meet& meet) {
      visit(*ground, piece, meet);
    };
  };
  switch (connectivity.connect) {
    case Connect::fixed_indegree:
      visits(ground->spec.wanted.end - ground->spec.wanted.begin, visit_indegree);
      break;
    case Connect::fixed_outdegree:
      visits(ends.from.size, visit_outdegree);
      break;
    case Connect::list:
      visits(pieces_of(connectivity.list->sources.size()), visit_list);
      break;
    case Connect::fixed_total_number:
      if (connectivity.multapses) {
        visits(pieces_of(connectivity.total), visit_total_again);
      } else if (connectivity.total <= most_at_once) {
        visits(1, [](const Ground& g, std::uint32_t, const Meet& meet) {
          visit_total_at_once(g, meet);
        });
      } else {
        visits(
            pieces_of(connectivity.total),
            [order = RandomOrder(ground->spec.seed, ground->spec.purpose, possible_pairs(*ground))](
                const Ground& g, std::uint32_t piece, const Meet& meet) {
              visit_total_in_order(g, order, piece, meet);
            });
      }
      break;
    default:
      if (connectivity.distance)
        visits(ends.from.size, [rows = DistanceRows(ends, *connectivity.distance)](
                                   const Ground& g, std::uint32_t source, const Meet& meet) {
          visit_distance(g, rows, source, meet);
        });
      else
        visits(ends.from.size, visit_bernoulli);
  }
  return rule;
}

}  // namespace retrograde
