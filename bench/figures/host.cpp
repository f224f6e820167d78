#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <sys/utsname.h>
#include <thread>

#include <retrograde/bench/figures/host.hpp>

namespace retrograde::bench {

namespace {

// What follows "key ...:" in a file of such lines.
std::string value_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

double bytes_of(const std::string& key) {
  return 1024.0 * std::atof(value_of("/proc/meminfo", key).c_str());
}

unsigned usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
  return std::thread::hardware_concurrency();
}

std::string last_cache() {
  std::string size;
  for (int level = 0; level < 8; ++level) {
    std::ifstream in(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", level));
    std::string line;
    if (std::getline(in, line)) size = line;
  }
  return size;
}

}  // namespace

Machine this_machine() {
  Machine m;
  m.processor = value_of("/proc/cpuinfo", "model name");
  m.cores = usable_cores();
  m.memory = bytes_of("MemTotal");
  m.cache = last_cache();
  utsname name{};
  if (uname(&name) == 0) m.system = fmt::format("{} {}", name.sysname, name.release);
  if (getloadavg(m.load.data(), 3) != 3) m.load.fill(-1.0);
  return m;
}

double available_memory() { return bytes_of("MemAvailable"); }

}  // namespace retrograde::bench
