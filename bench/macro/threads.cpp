// What does a second thread bring, in a batch of trials and inside one trial of 10^5 neurons?
#include "../registration.hpp"

using namespace retrograde::bench;

[[maybe_unused]] static const bool batch = measure("batch_threads", batch_threads_figure);
[[maybe_unused]] static const bool trial = measure("trial_threads", trial_threads_figure);
