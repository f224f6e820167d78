// How far long work has come, for whoever waits for it. What computes calls it, from one thread at a
// time, with the parts done, the parts in all, and what is being done ("reading shd_train.h5"); who
// shows it decides how often. It may throw to end the work.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace retrograde {

using WorkProgress =
    std::function<void(std::uint64_t done, std::uint64_t total, std::string_view what)>;

}  // namespace retrograde
