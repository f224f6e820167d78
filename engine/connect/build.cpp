#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <optional>

#include <retrograde/engine/connect/build.hpp>
#include <retrograde/engine/connect/rules.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t most_synapses = std::numeric_limits<SynapseId>::max();

Connectivity with_options(Connect connect, PairOptions options) {
  Connectivity result;
  result.connect = connect;
  result.autapses = options.allow_autapses;
  result.multapses = options.allow_multapses;
  return result;
}

// A projection as it is made.
class Connecting {
 public:
  Connecting(const ProjectionSpec& spec, const NetworkSpec& network)
      : spec_(spec),
        name_(spec.name.empty() ? spec.from + "->" + spec.to : spec.name),
        ends_(ends_of(network)),
        connectivity_(spec.connect),
        seed_(network.seed) {
    connectivity_.pairs = connectivity_.connect == Connect::one_to_one
                              ? ends_.from.size
                              : std::uint64_t{ends_.from.size} * ends_.to.size;
    check_pairs();
  }

  void add_to(NetworkBuilder& builder) const {
    SynapseValues weights = values(ParameterKind::weight, spec_.weight),
                  delays = values(ParameterKind::delay, spec_.delay);
    const NeuronRange all{0, ends_.to.size};
    if (spec_.receptor == 0) fail("receptor is 0; receptors are counted from 1");
    if (!is_listed()) {
      builder.connect_by_rule(
          ends_.source, ends_.target,
          make_rule(ends_, connectivity_,
                    {all, std::move(weights), std::move(delays), seed_, purpose_of_pairs(name_)}),
          name_, spec_.receptor - 1);
      return;
    }
    std::uint64_t count = 0;
    builder.connect(ends_.source, ends_.target,
                    list_synapses(ends_, connectivity_, all, std::move(weights), std::move(delays),
                                  Random(seed_, purpose_of_pairs(name_)), most_synapses, count),
                    name_, spec_.receptor - 1);
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw NetworkError(name_, fmt::format(format, std::forward<Args>(args)...));
  }

  ProjectionEnds ends_of(const NetworkSpec& network) const {
    const std::uint32_t source = position(network, "from", spec_.from),
                        target = position(network, "to", spec_.to);
    return {source, target, network.populations[source], network.populations[target]};
  }
  std::uint32_t position(const NetworkSpec& network, const char* end,
                         const std::string& wanted) const {
    const auto found = std::ranges::find(network.populations, wanted, &PopulationSpec::name);
    if (found != network.populations.end())
      return static_cast<std::uint32_t>(found - network.populations.begin());
    std::string names;
    for (const PopulationSpec& p : network.populations)
      names += (names.empty() ? "" : ", ") + p.name;
    fail("{} is \"{}\", and there is no such population; the populations are {}", end, wanted,
         names.empty() ? "none" : names);
  }

  // Whether the numbers of the rule fit the populations.
  void check_pairs() const {
    const bool self = ends_.source == ends_.target;
    const std::uint32_t others = self && !connectivity_.autapses ? 1 : 0;
    if (!self && !connectivity_.autapses)
      fail(
          "allow_autapses = false has no effect between different populations, in which no neuron "
          "meets itself; remove it");
    switch (connectivity_.connect) {
      case Connect::one_to_one:
        if (ends_.from.size != ends_.to.size)
          fail("one_to_one needs populations of equal size, but {} has {} neurons and {} has {}",
               ends_.from.name, ends_.from.size, ends_.to.name, ends_.to.size);
        break;
      case Connect::pairwise_bernoulli:
        if (connectivity_.distance)
          fail(
              "a density over distance needs grids, which scenarios have; give the pairs by "
              "synapse_list");
        if (!(connectivity_.density >= 0.0 && connectivity_.density <= 1.0))
          fail("density is {}; it is a probability, from 0 to 1", connectivity_.density);
        break;
      case Connect::fixed_indegree:
        check_count("indegree", connectivity_.degree, ends_.from.size - others);
        break;
      case Connect::fixed_outdegree:
        check_count("outdegree", connectivity_.degree, ends_.to.size - others);
        break;
      case Connect::fixed_total_number:
        check_count("total", connectivity_.total,
                    ends_.from.size * std::uint64_t{ends_.to.size - others});
        break;
      case Connect::list:
        if (!connectivity_.list) fail("the list is missing; make it by synapse_list");
        check_list(*connectivity_.list);
        break;
      case Connect::all_to_all:
        break;
    }
  }
  void check_count(const char* what, std::uint64_t wanted, std::uint64_t possible) const {
    if (wanted <= possible || (connectivity_.multapses && possible > 0)) return;
    fail("{} is {}, and {} are possible{}; choose at most that many{}", what, wanted, possible,
         connectivity_.autapses ? "" : " without autapses",
         possible > 0 ? ", or allow_multapses = true" : "");
  }
  void check_list(const SynapseList& list) const {
    if (list.sources.size() != list.targets.size())
      fail("{} sources and {} targets; give each synapse one of both", list.sources.size(),
           list.targets.size());
    for (std::size_t k = 0; k < list.sources.size(); ++k) {
      if (list.sources[k] >= ends_.from.size)
        fail("synapse {} (counted from 0) has the source {}; {} has neurons 0 to {}", k,
             list.sources[k], ends_.from.name, ends_.from.size - 1);
      if (list.targets[k] >= ends_.to.size)
        fail("synapse {} (counted from 0) has the target {}; {} has neurons 0 to {}", k,
             list.targets[k], ends_.to.name, ends_.to.size - 1);
      if (!connectivity_.autapses && list.sources[k] == list.targets[k])
        fail(
            "synapse {} (counted from 0) joins a neuron to itself; take it out, or "
            "allow_autapses = true",
            k);
    }
  }

  // Whether every pair is looked at; a matrix has to be.
  bool is_listed() const {
    if (connectivity_.connect == Connect::one_to_one) return true;
    if (connectivity_.connect != Connect::all_to_all) return false;
    return connectivity_.pairs <= most_listed ||
           std::holds_alternative<std::vector<double>>(spec_.weight.value());
  }

  SynapseValues values(ParameterKind kind, const ValueSpec& given) const {
    struct Visitor {
      const Connecting& of;
      ParameterKind kind;

      SynapseValues operator()(std::monostate) const {
        of.fail("{0} is missing; give .{0} = 0.5, a list, a distribution or a function",
                name(kind));
      }
      SynapseValues operator()(double value) const { return of.one(kind, value); }
      SynapseValues operator()(const std::vector<double>& values) const {
        return of.listed(kind, values);
      }
      SynapseValues operator()(const Distribution& distribution) const {
        if (distribution.constant()) return SynapseValues::constant(*distribution.constant());
        const ParameterRange& range = traits(kind).range;
        return SynapseValues::drawn(distribution.within(range.low, range.high), of.seed_,
                                    purpose_of(kind, of.name_));
      }
      SynapseValues operator()(const ValueSpec::Function& function) const {
        if (!function)
          of.fail("{} is an empty function; give one that returns a value for each pair",
                  name(kind));
        return SynapseValues::by_pair(function);
      }
    };
    return std::visit(Visitor{*this, kind}, given.value());
  }
  SynapseValues one(ParameterKind kind, double value) const {
    if (std::isnan(value))
      fail("{} is not a number (nan), which leaves no synapse; give a number, or no projection",
           name(kind));
    return SynapseValues::constant(value);
  }
  SynapseValues listed(ParameterKind kind, const std::vector<double>& values) const {
    if (values.size() == 1) return one(kind, values[0]);
    if (!connectivity_.takes_matrix() && !connectivity_.takes_list())
      fail(
          "a list of {}s goes with no rule that draws synapses; give one value for all, a "
          "distribution or a function",
          name(kind));
    if (values.size() != connectivity_.listed())
      fail("{} has {} values; give one for all, or {}{}", name(kind), values.size(),
           connectivity_.listed(),
           connectivity_.takes_matrix()
               ? fmt::format(": a matrix of {} rows, one for each neuron of {} (target), with {} "
                             "columns, one for each of {} (source)",
                             ends_.to.size, ends_.to.name, ends_.from.size, ends_.from.name)
               : ", one for each synapse");
    return SynapseValues::listed(values);
  }

  const ProjectionSpec& spec_;
  std::string name_;
  ProjectionEnds ends_;
  Connectivity connectivity_;
  std::uint64_t seed_;
};

}  // namespace

Connectivity all_to_all(AutapseOption option) {
  return with_options(Connect::all_to_all, {option.allow_autapses, false});
}
Connectivity one_to_one() { return with_options(Connect::one_to_one, {}); }
Connectivity pairwise_bernoulli(double density, AutapseOption option) {
  Connectivity result = with_options(Connect::pairwise_bernoulli, {option.allow_autapses, false});
  result.density = density;
  return result;
}
Connectivity fixed_indegree(std::uint32_t indegree, PairOptions options) {
  Connectivity result = with_options(Connect::fixed_indegree, options);
  result.degree = indegree;
  return result;
}
Connectivity fixed_outdegree(std::uint32_t outdegree, PairOptions options) {
  Connectivity result = with_options(Connect::fixed_outdegree, options);
  result.degree = outdegree;
  return result;
}
Connectivity fixed_total_number(std::uint64_t total, PairOptions options) {
  Connectivity result = with_options(Connect::fixed_total_number, options);
  result.total = total;
  return result;
}
Connectivity synapse_list(std::vector<std::uint32_t> sources, std::vector<std::uint32_t> targets,
                          PairOptions options) {
  Connectivity result = with_options(Connect::list, options);
  result.list = std::make_shared<const SynapseList>(
      SynapseList{std::move(sources), std::move(targets), {}, {}});
  return result;
}

Network build(const NetworkSpec& spec) {
  NetworkBuilder builder;
  for (const PopulationSpec& population : spec.populations) builder.add(population);
  for (const ProjectionSpec& projection : spec.projections)
    Connecting(projection, spec).add_to(builder);
  return std::move(builder).build();
}

}  // namespace retrograde
