// gpu_bench STEP... [--device gpu[:N]|emulated] [--scale X] [--seconds S] [--threads N] [--table FILE]
//                   [--clock wall|processor]
//
// Measures the GPU back end, step by step; bench/gpu/run does so on a lent device. Rows are printed as
// GitHub tables have them. Exit status 0: all as promised, 1: something was not, 2: it could not run.
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <string_view>
#include <tbb/global_control.h>

#include <retrograde/bench/gpu/step.hpp>
#include <retrograde/events/error.hpp>

namespace {

using namespace retrograde::bench;

const std::vector<std::pair<std::string, bool (*)(const GpuOptions&)>> steps = {
    {"equality", equality_step}, {"rates", rates_step},   {"keyword", keyword_epoch_step},
    {"mnist", mnist_epoch_step}, {"memory", memory_step}, {"host", host_step},
    {"traffic", traffic_step},   {"small", small_step}};

double number_of(const std::string& flag, const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0.0))
    throw std::invalid_argument(fmt::format("{} takes a number above 0, not '{}'", flag, text));
  return value;
}

int run(const std::vector<std::string>& arguments) {
  GpuOptions options;
  std::vector<std::string> wanted;
  std::optional<tbb::global_control> threads;
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    const std::string& a = arguments[k];
    if (!a.starts_with("--")) {
      wanted.push_back(a);
      continue;
    }
    if (k + 1 == arguments.size()) throw std::invalid_argument(a + " takes a value");
    const std::string& value = arguments[++k];
    if (a == "--device")
      options.device = value;
    else if (a == "--table")
      options.table = value;
    else if (a == "--scale")
      options.scale = number_of(a, value);
    else if (a == "--seconds")
      options.seconds = number_of(a, value);
    else if (a == "--clock")
      processor_time = value == "processor";
    else if (a == "--threads")
      threads.emplace(tbb::global_control::max_allowed_parallelism,
                      static_cast<std::size_t>(number_of(a, value)));
    else
      throw std::invalid_argument("there is no flag " + a);
  }
  bool fine = true;
  if (wanted.empty()) throw std::invalid_argument("name a step");
  for (const std::string& name : wanted) {
    const auto step =
        std::find_if(steps.begin(), steps.end(), [&](const auto& of) { return of.first == name; });
    if (step == steps.end()) throw std::invalid_argument("there is no step " + name);
    fine = step->second(options) && fine;
  }
  return fine ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run({arguments + 1, arguments + count});
  } catch (const std::invalid_argument& error) {
    std::string names;
    for (const auto& [name, step] : steps) names += " " + name;
    fmt::print(stderr, "gpu_bench: {}; steps:{}\n", error.what(), names);
  } catch (const std::exception& error) {
    fmt::print(stderr, "gpu_bench: {}\n", error.what());
  }
  return 2;
}
