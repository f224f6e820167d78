#include <cmath>
#include <fmt/format.h>
#include <variant>

#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/lca_scheduler.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

// D^T D - 1: all of it, or what of it is there, for one scheduler or the other.
struct EventLca::Connections {
  std::variant<LcaBroadcast, LcaConnections> competition;

  Vector inhibition(const Vector& code) const {
    const auto* all = std::get_if<LcaBroadcast>(&competition);
    if (all == nullptr) return std::get<LcaConnections>(competition).competition * code;
    Vector sum = Vector::Zero(code.size());
    for (Eigen::Index i = 0; i < code.size(); ++i)
      if (code(i) != 0.0) sum.noalias() += code(i) * all->competition.col(i);
    return sum;
  }
};

namespace {

// Of the largest change that is due, to begin with; and of a theta at which the network has come to
// rest, for the next one. Slowly, so that those who have most to say are done before others begin to
// say what will not be so then (bench/README.md).
constexpr double first_share = 0.5, next_share = 0.8;

// A theta that is not the last one yet lasts no longer than this, in tau, if the network does not
// come to rest before.
constexpr double longest_stage = 50.0;

// Events a group, at the last theta, after which the residual is looked at first; then twice as many.
constexpr std::uint64_t first_look = 1024;

// With late connections a code may grow without bound, which takes ever more messages; so many times
// larger than what the signal drives is on its way there.
constexpr double runaway = 1e3;

void check(const EventLcaOptions& o) {
  const auto require = [](bool good, const char* what, double value, const char* range) {
    if (!good || !std::isfinite(value))
      throw UsageError(fmt::format("{} of an LCA is {}, it has to be {}", what, value, range));
  };
  require(o.theta > 0.0, "theta", o.theta, "above 0");
  require(o.tau > 0.0, "tau", o.tau, "above 0 ms");
  require(o.delay >= 0.0, "the delay", o.delay, "0 ms or more");
  require(o.tolerance >= 0.0, "the tolerance", o.tolerance, "0 (that of theta) or above");
  require(o.most_time > 0.0, "the longest time", o.most_time, "above 0 ms");
}

void check(const PursuitProblem& problem, const Vector& signal, const EventLcaState* start) {
  check(problem, signal);
  const Dictionary& d = problem.dictionary;
  if (start == nullptr) return;
  if (start->potential.size() != d.size() || start->sent.size() != d.size())
    throw UsageError(
        fmt::format("a state of {} potentials and {} coefficients for a dictionary of {} atoms",
                    start->potential.size(), start->sent.size(), d.size()));
  if (!start->potential.allFinite() || !start->sent.allFinite())
    throw UsageError("a state to start from has a value that is not finite");
}

}  // namespace

EventLca::EventLca(const PursuitProblem& problem, const EventLcaOptions& options)
    : problem_(&problem), options_(options) {
  retrograde::check(problem);
  check(options);
  const Dictionary& d = problem.dictionary;
  auto connections = std::make_unique<Connections>();
  double longest = 0.0;  // atom, its square length
  if (d.sparse()) {
    const SparseMatrix& atoms = std::get<SparseMatrix>(d.atoms());
    SparseMatrix one(d.size(), d.size());
    one.setIdentity();
    const SparseMatrix gram = SparseMatrix(atoms.transpose()) * atoms;
    longest = Vector(gram.diagonal()).maxCoeff();
    connections->competition = lca_connections(problem.penalty, gram - one);
  } else {
    const Matrix& atoms = std::get<Matrix>(d.atoms());
    Matrix competition = atoms.transpose() * atoms;
    longest = competition.diagonal().maxCoeff();
    competition.diagonal().array() -= 1.0;
    if (options.delay > 0.0 || options.by_queue)
      connections->competition = lca_connections(problem.penalty, competition.sparseView(0.0, 0.0));
    else
      connections->competition = lca_broadcast(problem.penalty, std::move(competition));
  }
  const Groups& groups = problem.penalty.groups;
  Eigen::Index largest = 1;
  for (Eigen::Index g = 0; g < groups.count(); ++g) largest = std::max(largest, groups.size(g));
  if (options_.tolerance == 0.0)
    options_.tolerance = std::fmax(10.0, std::sqrt(static_cast<double>(largest))) * options_.theta *
                         std::fmax(longest, 1.0);
  connections_ = std::move(connections);
}

EventLca::~EventLca() = default;
EventLca::EventLca(EventLca&&) noexcept = default;
EventLca& EventLca::operator=(EventLca&&) noexcept = default;

namespace {

// One run: theta by theta, until the network rests at the last one, or the residual is small.
class Run {
 public:
  Run(const PursuitProblem& problem, const EventLcaOptions& options, const Vector& signal,
      LcaScheduler& network, bool recorded)
      : problem_(problem),
        options_(options),
        signal_(signal),
        network_(network),
        recorded_(recorded),
        bound_(runaway * (network.neurons().drive.lpNorm<Eigen::Infinity>() +
                          network.neurons().sent.lpNorm<Eigen::Infinity>())) {}

  EventLcaResult run() {
    set_theta(options_.refining
                  ? std::fmax(options_.theta, first_share * network_.neurons().largest_change_due())
                  : options_.theta);
    while (!done()) {
      const std::optional<LcaStep> step = network_.step();
      if (step) count(*step);
      const bool stage_over = !step || step->time > stage_begun_ + longest_stage * options_.tau;
      if (!step && theta_ == options_.theta) {
        result_.rests = true;
        break;
      }
      if (theta_ > options_.theta && stage_over)
        set_theta(std::fmax(next_share * theta_, options_.theta));
    }
    return finished();
  }

 private:
  void set_theta(double theta) {
    theta_ = theta;
    stage_begun_ = result_.time;
    look_ = result_.events + first_look * static_cast<std::uint64_t>(groups());
    network_.set_theta(theta);
  }

  void count(const LcaStep& step) {
    result_.time = step.time;
    ++result_.events;
    if (!step.message) return;
    ++result_.messages;
    result_.deliveries += step.reached;
    const bool active = network_.neurons().coded(step.group);
    if (recorded_)
      result_.record.push_back({step.time, static_cast<std::uint32_t>(step.group), active});
    const Eigen::Index first = problem_.penalty.groups.begin(step.group);
    const double size = network_.neurons()
                            .sent.segment(first, problem_.penalty.groups.size(step.group))
                            .lpNorm<Eigen::Infinity>();
    if (options_.delay > 0.0 && !(size <= bound_))
      throw NumericalError(fmt::format(
          "the LCA diverges: a coefficient of group {} has grown to {:.3g} by {:.6g} ms; with a "
          "delay of {:g} ms competition comes too late for tau = {:g} ms, shorten the delay or "
          "make tau longer",
          step.group, size, step.time, options_.delay, options_.tau));
  }

  bool done() {
    if (result_.time >= options_.most_time || result_.events >= options_.most_events) return true;
    if (theta_ > options_.theta || result_.events < look_) return false;
    look_ += look_;
    return kkt_residual(problem_, signal_, network_.neurons().sent) <= options_.tolerance;
  }

  EventLcaResult finished() {
    result_.code = network_.neurons().sent;
    result_.state = {result_.rests ? network_.neurons().drive : network_.potential(), result_.code};
    const Dictionary& d = problem_.dictionary;
    const Vector residual = signal_ - d.signal(result_.code);
    result_.kkt = kkt_residual(problem_.penalty, d.correlations(residual), result_.code);
    result_.objective = 0.5 * residual.squaredNorm() + problem_.penalty.value(result_.code);
    result_.converged = result_.kkt <= options_.tolerance;
    return std::move(result_);
  }

  Eigen::Index groups() const { return problem_.penalty.groups.count(); }

  const PursuitProblem& problem_;
  const EventLcaOptions& options_;
  const Vector& signal_;
  LcaScheduler& network_;
  const bool recorded_;
  const double bound_;
  double theta_ = 0.0;
  Time stage_begun_ = 0.0;
  std::uint64_t look_ = 0;  // at the residual, when so many events have been
  EventLcaResult result_;
};

}  // namespace

EventLcaResult EventLca::run(const Vector& signal, const EventLcaState* start,
                             bool recorded) const {
  check(*problem_, signal, start);
  const Penalty& penalty = problem_->penalty;
  const Eigen::Index size = problem_->dictionary.size();
  const EventLcaState silence{Vector::Zero(size), Vector::Zero(size)};
  const EventLcaState& from = start != nullptr ? *start : silence;
  Vector drive = problem_->dictionary.correlations(signal);
  if (start != nullptr) drive -= connections_->inhibition(from.sent);
  LcaNeurons neurons(penalty, std::move(drive), from);
  const auto* all = std::get_if<LcaBroadcast>(&connections_->competition);
  const std::unique_ptr<LcaScheduler> network =
      all != nullptr ? lca_by_one_clock(penalty, std::move(neurons), *all, options_.tau)
                     : lca_by_queue(penalty, std::move(neurons),
                                    std::get<LcaConnections>(connections_->competition),
                                    options_.tau, options_.delay);
  return Run(*problem_, options_, signal, *network, recorded).run();
}

}  // namespace retrograde
