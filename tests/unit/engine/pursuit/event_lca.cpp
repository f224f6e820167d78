// The LCA by events: event times against closed forms, codes against FISTA, one scheduler against the
// other, and what has to hold at rest.
#include <Eigen/LU>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/lca_scheduler.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/drawn_problem.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

constexpr double tau = 10.0;

// Atoms in the plane with d_1 . d_2 = rho.
Dictionary two_atoms(double rho) {
  Matrix atoms(2, 2);
  atoms << 1.0, rho, 0.0, std::sqrt(1.0 - rho * rho);
  return Dictionary(std::move(atoms));
}

// The signal of which these are the correlations.
Vector signal_with(const Dictionary& dictionary, double b1, double b2) {
  const Matrix atoms = dictionary.dense();
  return atoms.transpose().fullPivLu().solve(Eigen::Vector2d(b1, b2));
}

EventLcaOptions plain(double theta) {
  EventLcaOptions options;
  options.theta = theta;
  options.refining = false;
  options.tau = tau;
  return options;
}

// (name, penalty) of all kinds, for 60 coefficients.
struct Kind {
  const char* name;
  Penalty penalty;
};

std::vector<Kind> kinds() {
  std::vector<Kind> kinds;
  for (const bool non_negative : {false, true}) {
    kinds.push_back({"BP", Penalty::equal(Groups::equal(60, 1), 0.2, 0.0, non_negative)});
    kinds.push_back({"BP by groups", Penalty::equal(Groups::equal(60, 4), 0.2, 0.0, non_negative)});
    kinds.push_back({"GBP", Penalty::equal(Groups::equal(60, 4), 0.0, 0.4, non_negative)});
    kinds.push_back({"mixed", Penalty::equal(Groups::equal(60, 3), 0.1, 0.2, non_negative)});
    Penalty uneven = Penalty::equal(Groups({1, 2, 7, 10, 20, 3, 1, 6, 5, 5}), 0.1, 0.0);
    for (Eigen::Index g = 0; g < uneven.groups.count(); ++g)
      uneven.l2(g) = 0.1 * static_cast<double>(g % 4);
    uneven.non_negative = non_negative;
    kinds.push_back({"uneven", std::move(uneven)});
  }
  return kinds;
}

// What the header says of rest.
void is_optimal_up_to_theta(const PursuitProblem& problem, const Vector& signal,
                            const EventLcaResult& result, double theta) {
  Eigen::Index largest = 0;
  for (Eigen::Index g = 0; g < problem.penalty.groups.count(); ++g)
    largest = std::max(largest, problem.penalty.groups.size(g));
  CHECK(result.rests);
  CHECK(result.converged);
  CHECK(result.kkt == kkt_residual(problem, signal, result.code));
  CHECK(result.kkt <= theta * std::sqrt(static_cast<double>(largest)) * (1.0 + 1e-9));
  const PursuitSolution best = fista(problem, signal, {.tolerance = 1e-13});
  REQUIRE(best.converged);
  // F(a) - F* <= |a - a*|_2 times the residual, by convexity; and not below it.
  const double groups = std::sqrt(static_cast<double>(problem.penalty.groups.count()));
  CHECK(result.objective >= best.objective * (1.0 - 1e-12));
  CHECK(result.objective - best.objective <=
        groups * result.kkt * (result.code - best.code).norm() + 1e-12);
}

}  // namespace

TEST_CASE("two neurons send at the times of a closed form", "[pursuit]") {
  // Neuron 1 is driven by 1.2, neuron 2 by 1.1, threshold 0.3, theta 0.25, rho 0.6. Until the first
  // message u = b (1 - s), s = e^(-t / tau), so neuron 1 sends at s = 1 - 0.55 / 1.2. Its message takes
  // 0.6 * 0.25 off the drive of neuron 2, which is at 1.1 (1 - s) then.
  const PursuitProblem problem{two_atoms(0.6), Penalty::equal(Groups::equal(2, 1), 0.3, 0.0)};
  const Vector signal = signal_with(problem.dictionary, 1.2, 1.1);
  const double first = tau * std::log(1.2 / (1.2 - 0.55));
  const double held = 1.1 * (0.55 / 1.2);  // u of neuron 2
  SECTION("at once") {
    const double second = first + tau * std::log((0.95 - held) / (0.95 - 0.55));
    for (const bool by_queue : {false, true}) {
      EventLcaOptions options = plain(0.25);
      options.by_queue = by_queue;
      const EventLcaResult result = EventLca(problem, options).run(signal, nullptr, true);
      REQUIRE(result.record.size() >= 3);
      CHECK(result.record[0].time == Approx(first).epsilon(1e-12));
      CHECK(result.record[0].group == 0);
      CHECK(result.record[1].time == Approx(second).epsilon(1e-12));
      CHECK(result.record[1].group == 1);
      // Neuron 1 goes on to 0.8: what it has left to go is a product of what the drives had left.
      const double at_second = 1.2 + (0.55 - 1.2) * std::exp(-(second - first) / tau);
      const double third = second + tau * std::log((1.05 - at_second) / (1.05 - 0.8));
      CHECK(result.record[2].time == Approx(third).epsilon(1e-12));
      CHECK(result.record[2].group == 0);
      CHECK(result.record[2].active);
    }
  }
  SECTION("late") {
    // With a delay of 0.9 ms neuron 2 sends before it hears of neuron 1, at s = 1 - 0.55 / 1.1.
    EventLcaOptions options = plain(0.25);
    options.delay = 0.9;
    const EventLcaResult result = EventLca(problem, options).run(signal, nullptr, true);
    const double second = tau * std::log(2.0);
    REQUIRE(second - first < options.delay);
    REQUIRE(result.record.size() >= 3);
    CHECK(result.record[0].time == Approx(first).epsilon(1e-12));
    CHECK(result.record[1].time == Approx(second).epsilon(1e-12));
    // Neuron 1 hears of neuron 2 at second + delay, and goes for 0.8 with 1.05 from then on.
    const double arrival = second + options.delay;
    const double at_arrival = 1.2 * (1.0 - std::exp(-arrival / tau));
    const double third = arrival + tau * std::log((1.05 - at_arrival) / (1.05 - 0.8));
    const double other_arrival = first + options.delay;
    const double other = 1.1 * (1.0 - std::exp(-other_arrival / tau));
    const double other_third = other_arrival + tau * std::log((0.95 - other) / (0.95 - 0.8));
    REQUIRE(third < other_third);
    CHECK(result.record[2].time == Approx(third).epsilon(1e-12));
    CHECK(result.record[2].group == 0);
  }
}

TEST_CASE("a group sends first at the time of a closed form", "[pursuit]") {
  const double theta = 0.05;
  // Orthonormal atoms do not compete: u = (2, 1) y with y = 1 - s.
  const Dictionary axes(Matrix(Matrix::Identity(2, 2)));
  const Vector signal = Eigen::Vector2d(2.0, 1.0);
  const auto first = [&](const Penalty& penalty) {
    const PursuitProblem problem{axes, penalty};
    const EventLcaResult result = EventLca(problem, plain(theta)).run(signal, nullptr, true);
    CHECK(result.events == result.messages);
    return result.record.at(0).time;
  };
  // |u| is what makes it active at y = active / sqrt(5).
  const double active = 0.5 + theta * std::sqrt(2.0);
  CHECK(first(Penalty::equal(Groups::equal(2, 2), 0.0, 0.5)) ==
        Approx(-tau * std::log(1.0 - active / std::sqrt(5.0))).epsilon(1e-12));
  // (2 y - 0.3)^2 + (y - 0.3)^2 = active^2: both have passed their thresholds by then, y > 0.3.
  const double y = (1.8 + std::sqrt(1.8 * 1.8 + 20.0 * (active * active - 0.18))) / 10.0;
  REQUIRE(y > 0.3);
  CHECK(first(Penalty::equal(Groups::equal(2, 2), 0.3, 0.5)) ==
        Approx(-tau * std::log(1.0 - y)).epsilon(1e-12));
}

TEST_CASE("a group that is driven back falls silent, and says so once", "[pursuit]") {
  // Orthonormal atoms in one group, at rest with the code of (2, 1), then a signal of which nothing
  // is left: u = u0 s falls to |u| = 0.5.
  const PursuitProblem problem{Dictionary(Matrix(Matrix::Identity(2, 2))),
                               Penalty::equal(Groups::equal(2, 2), 0.0, 0.5)};
  const EventLca network(problem, plain(10.0));  // too coarse to send on the way
  const Vector u = Eigen::Vector2d(2.0, 1.0);
  const EventLcaState start{u, problem.penalty.shrunk(u)};
  const EventLcaResult result = network.run(Vector::Zero(2), &start, true);
  REQUIRE(result.record.size() == 1);
  CHECK(result.record[0].time == Approx(tau * std::log(std::sqrt(5.0) / 0.5)).epsilon(1e-12));
  CHECK_FALSE(result.record[0].active);
  CHECK(result.code == Vector::Zero(2));
  CHECK(result.rests);
}

TEST_CASE("the LCA by events rests at the optimum, up to theta", "[pursuit]") {
  for (const Kind& kind : kinds())
    for (const bool sparse : {false, true})
      for (const std::uint64_t seed : {1u, 2u}) {
        const PursuitProblem problem{
            sparse ? sparse_dictionary(60, 60, 8, seed) : dense_dictionary(30, 60, seed),
            kind.penalty};
        const Vector signal = normal_signal(problem.dictionary.dimension(), seed);
        CAPTURE(kind.name, kind.penalty.non_negative, sparse, seed);
        for (const double theta : {0.05, 0.002}) {
          CAPTURE(theta);
          EventLcaOptions options;
          options.theta = theta;
          is_optimal_up_to_theta(problem, signal, EventLca(problem, options).run(signal), theta);
        }
        EventLcaOptions options = plain(0.01);
        is_optimal_up_to_theta(problem, signal, EventLca(problem, options).run(signal), 0.01);
      }
}

TEST_CASE("a large group may rest silent by theta times the root of its size, and has converged",
          "[pursuit]") {
  // Of 144 orthonormal atoms every v is the signal; 11 theta beyond the boundary it has less to say
  // than a move of all by theta, and with more it speaks.
  const PursuitProblem problem{Dictionary(Matrix::Identity(144, 144)),
                               Penalty::equal(Groups::equal(144, 144), 0.0, 1.0)};
  EventLcaOptions options;
  options.theta = 1e-3;
  const EventLca network(problem, options);
  const auto run = [&](double length) { return network.run(Vector::Constant(144, length / 12.0)); };
  const EventLcaResult silent = run(1.0 + 11e-3);
  CHECK(silent.rests);
  CHECK(silent.converged);
  CHECK(silent.code.isZero(0.0));
  CHECK(silent.kkt == Approx(11e-3));
  const EventLcaResult active = run(1.0 + 13e-3);
  CHECK(active.converged);
  CHECK(active.code.norm() == Approx(13e-3).margin(12e-3));
  CHECK(active.code.norm() > 0.0);
}

TEST_CASE("connections may be late", "[pursuit]") {
  for (const Kind& kind : kinds()) {
    const PursuitProblem problem{dense_dictionary(60, 60, 3), kind.penalty};
    const Vector signal = normal_signal(60, 3);
    EventLcaOptions options;
    options.theta = 0.002;
    options.delay = 2.0;
    options.tau = tau;
    CAPTURE(kind.name, kind.penalty.non_negative);
    is_optimal_up_to_theta(problem, signal, EventLca(problem, options).run(signal), options.theta);
  }
}

TEST_CASE("delays that make competition diverge are refused", "[pursuit]") {
  // Atoms that are nearly one: 1 - D^T D has the eigenvalue -29 almost, late by many time constants.
  Matrix atoms = Matrix::Ones(4, 30) + 0.01 * normal_matrix(4, 30, 1);
  const PursuitProblem problem{Dictionary(normalised(std::move(atoms))),
                               Penalty::equal(Groups::equal(30, 1), 0.01, 0.0)};
  EventLcaOptions options;
  options.delay = 100.0;
  options.tau = tau;
  options.most_events = 1'000'000;
  const EventLca network(problem, options);
  CHECK_THROWS_AS(network.run(Vector::Ones(4)), NumericalError);
  CHECK_THROWS_WITH(network.run(Vector::Ones(4)), Contains("diverges") && Contains("100 ms"));
}

TEST_CASE("with l1 each message lowers the objective", "[pursuit]") {
  // F(a + h e_i) = F(a) - g h + h^2 / 2 for an atom of length 1 on one side of 0, and a neuron sends
  // h only where g is at least as large.
  for (const bool non_negative : {false, true}) {
    const PursuitProblem problem{dense_dictionary(20, 50, 4),
                                 Penalty::equal(Groups::equal(50, 1), 0.1, 0.0, non_negative)};
    const Vector signal = normal_signal(20, 4);
    const Matrix atoms = problem.dictionary.dense();
    const LcaBroadcast connections =
        lca_broadcast(problem.penalty, atoms.transpose() * atoms - Matrix::Identity(50, 50));
    const EventLcaState silence{Vector::Zero(50), Vector::Zero(50)};
    const auto network = lca_by_one_clock(
        problem.penalty,
        LcaNeurons(problem.penalty, problem.dictionary.correlations(signal), silence), connections,
        tau);
    network->set_theta(0.01);
    double before = objective(problem, signal, network->neurons().sent);
    int messages = 0, others = 0, rises = 0;
    while (const auto step = network->step()) {
      const double after = objective(problem, signal, network->neurons().sent);
      rises += after >= before;
      before = after;
      ++(step->message ? messages : others);
      if (messages + others > 100'000) FAIL("it does not come to rest");
    }
    CHECK(rises == 0);
    CHECK(others == 0);
    CHECK(messages > 500);
  }
}

TEST_CASE("one clock and the queue send the same messages", "[pursuit]") {
  for (const Kind& kind : kinds()) {
    const PursuitProblem problem{dense_dictionary(30, 60, 5), kind.penalty};
    const Vector signal = normal_signal(30, 5);
    EventLcaOptions options = plain(0.02);
    const EventLcaResult clock = EventLca(problem, options).run(signal, nullptr, true);
    options.by_queue = true;
    const EventLcaResult queue = EventLca(problem, options).run(signal, nullptr, true);
    CAPTURE(kind.name, kind.penalty.non_negative);
    // Not so the events without a message: at the boundary of silence rounding decides whether a
    // neuron's step or the switching of its group comes first. Where a group has both thresholds one
    // of these is a message, and what follows differs, by less than theta.
    const bool ties = kind.penalty.l1(0) > 0.0 && kind.penalty.l2(0) > 0.0;
    std::size_t alike = 0;
    const std::size_t size = std::min(clock.record.size(), queue.record.size());
    for (; alike < size; ++alike)
      if (clock.record[alike].group != queue.record[alike].group ||
          clock.record[alike].active != queue.record[alike].active ||
          !(std::fabs(clock.record[alike].time - queue.record[alike].time) <= 1e-7))
        break;
    if (ties) {
      CHECK(alike > 50);
      CHECK((clock.code - queue.code).lpNorm<Eigen::Infinity>() <= 0.02);
    } else {
      CHECK(alike == clock.record.size());
      CHECK(alike == queue.record.size());
      CHECK(clock.deliveries == queue.deliveries);
      CHECK((clock.code - queue.code).norm() <= 1e-10);
      CHECK((clock.state.potential - queue.state.potential).norm() <= 1e-10);
    }
  }
}

TEST_CASE("a run is the same each time", "[pursuit]") {
  const PursuitProblem problem{dense_dictionary(30, 60, 6),
                               Penalty::equal(Groups::equal(60, 3), 0.05, 0.2)};
  const Vector signal = normal_signal(30, 6);
  const EventLca network(problem, {});
  const EventLcaResult one = network.run(signal, nullptr, true),
                       two = network.run(signal, nullptr, true);
  CHECK(one.code == two.code);
  CHECK(one.state.potential == two.state.potential);
  REQUIRE(one.record.size() == two.record.size());
  for (std::size_t k = 0; k < one.record.size(); ++k)
    if (one.record[k].time != two.record[k].time) FAIL("message " << k);
}

TEST_CASE("who starts from what a run left sends little", "[pursuit]") {
  for (const Kind& kind : kinds()) {
    const PursuitProblem problem{dense_dictionary(30, 60, 7), kind.penalty};
    const Vector signal = normal_signal(30, 7);
    EventLcaOptions options;
    options.theta = 0.003;
    const EventLca network(problem, options);
    const EventLcaResult cold = network.run(signal);
    CAPTURE(kind.name, kind.penalty.non_negative);
    // Of the same signal nothing is due.
    CHECK(network.run(signal, &cold.state).messages == 0);
    // Of another, what has changed.
    const Vector moved = signal + 0.01 * normal_signal(30, 8);
    const EventLcaResult warm = network.run(moved, &cold.state);
    is_optimal_up_to_theta(problem, moved, warm, options.theta);
    CHECK(3 * warm.messages < network.run(moved).messages);
    // And one far away it finds as well.
    const Vector far = normal_signal(30, 9);
    is_optimal_up_to_theta(problem, far, network.run(far, &cold.state), options.theta);
  }
}

TEST_CASE("0.25 % of the objective at theta 0.003, 75 groups of 4 in 100 dimensions", "[pursuit]") {
  // The size of arXiv:2205.08955, with its 8 active groups of coefficients in [1, 2].
  const PursuitProblem problem{dense_dictionary(100, 300, 10),
                               Penalty::equal(Groups::equal(300, 4), 0.0, 0.13)};
  Random random(10, "test/active");
  Vector code = Vector::Zero(300);
  for (int k = 0; k < 8; ++k) {
    const auto group = static_cast<Eigen::Index>(random.index(75));
    for (Eigen::Index i = 4 * group; i < 4 * group + 4; ++i) code(i) = random.uniform(1.0, 2.0);
  }
  const Vector signal = problem.dictionary.signal(code);
  const double best = fista(problem, signal, {.tolerance = 1e-12}).objective;
  for (const bool refining : {false, true}) {
    EventLcaOptions options;
    options.theta = 0.003;
    options.refining = refining;
    const EventLcaResult result = EventLca(problem, options).run(signal);
    CHECK(result.rests);
    CHECK(result.kkt < 10.0 * options.theta);
    CHECK(result.objective <= 1.0025 * best);
  }
}

TEST_CASE("a run ends where it is told to", "[pursuit]") {
  const PursuitProblem problem{dense_dictionary(30, 60, 11),
                               Penalty::equal(Groups::equal(60, 1), 0.1, 0.0)};
  const Vector signal = normal_signal(30, 11);
  EventLcaOptions options;
  options.most_events = 7;
  EventLcaResult result = EventLca(problem, options).run(signal);
  CHECK(result.events == 7);
  CHECK_FALSE(result.rests);
  CHECK_FALSE(result.converged);
  options = {};
  options.most_time = 5.0;
  result = EventLca(problem, options).run(signal);
  CHECK_FALSE(result.rests);
  CHECK(result.time >= 5.0);
  CHECK(result.time < 20.0);
  // Long atoms may go round at the size of theta for ever: the residual ends it.
  const PursuitProblem longer{Dictionary(2.0 * dense_dictionary(30, 60, 11).dense()),
                              Penalty::equal(Groups::equal(60, 1), 0.1, 0.0)};
  options = {};
  options.theta = 0.01;
  options.most_events = 2'000'000;
  result = EventLca(longer, options).run(signal);
  CHECK(result.converged);
  CHECK(result.events < options.most_events);
}

TEST_CASE("what an LCA cannot be made of is refused", "[pursuit]") {
  const PursuitProblem problem{dense_dictionary(5, 10, 1),
                               Penalty::equal(Groups::equal(10, 1), 0.1, 0.0)};
  const auto refused = [&](auto change, const std::string& message) {
    EventLcaOptions options;
    change(options);
    CHECK_THROWS_WITH(EventLca(problem, options), Contains(message));
    CHECK_THROWS_AS(EventLca(problem, options), UsageError);
  };
  refused([](EventLcaOptions& o) { o.theta = 0.0; }, "theta");
  refused([](EventLcaOptions& o) { o.tau = -1.0; }, "tau");
  refused([](EventLcaOptions& o) { o.delay = -0.5; }, "-0.5");
  refused([](EventLcaOptions& o) { o.tolerance = NAN; }, "tolerance");
  refused([](EventLcaOptions& o) { o.most_time = INFINITY; }, "longest time");
  const EventLca network(problem, {});
  CHECK_THROWS_WITH(network.run(Vector::Zero(4)), Contains("4 values") && Contains("5 dimensions"));
  CHECK_THROWS_AS(network.run(Vector::Constant(5, NAN)), UsageError);
  const EventLcaState state{Vector::Zero(10), Vector::Zero(9)};
  CHECK_THROWS_WITH(network.run(Vector::Zero(5), &state), Contains("10 potentials and 9"));
}

TEST_CASE("atoms longer than 1 go on at theta times their square, which the tolerance allows",
          "[pursuit]") {
  for (const bool by_queue : {false, true}) {
    const PursuitProblem problem{Dictionary(Matrix(5.0 * dense_dictionary(12, 20, 2).dense())),
                                 Penalty::equal(Groups::equal(20, 1), 0.1, 0.0)};
    EventLcaOptions options;
    options.by_queue = by_queue;
    options.most_events = 2'000'000;
    const EventLcaResult result = EventLca(problem, options).run(normal_signal(12, 2));
    CHECK(result.converged);
    CHECK(result.kkt <= 25.0 * 10.0 * options.theta * (1.0 + 1e-12));
    CHECK(result.time < options.most_time);
    CHECK(result.events < options.most_events);
  }
}
