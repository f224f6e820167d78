// The kinds of [data] that are sets of events, and the keys that all of them share: "events" (our own
// format), "shd", "ssc", "n_mnist". Another kind whose samples are an EventSet takes its keys from here,
// too.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/trials/event_trials.hpp>

namespace retrograde {

// test_speakers, validation_speakers, validation_share, test_share, train, test, bin, merge_units,
// equal_counts, reversed_test, augment.
std::vector<std::string> event_task_keys();
// Reads them; `whole_speaker` is that of PartRules. Throws ScenarioError.
EventTask read_event_task(TomlTable& table, Time duration, bool whole_speaker = false);

DataKind events_kind();
DataKind shd_kind();
DataKind ssc_kind();
DataKind n_mnist_kind();

}  // namespace retrograde
