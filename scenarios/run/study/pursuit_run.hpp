// A run of a study of sparse coding: what there is to learn is learned, then the classifier is
// attacked, and where the truth is known its codes are held against it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/study/study.hpp>

namespace retrograde {

// Throws UsageError for a scenario of sparse coding that decides nothing.
void require_attackable(const Scenario& scenario);

// How long such a run takes, relative to others.
double pursuit_work(const PursuitSpec& spec);

// What the study has to know of its signals, which are opened for that. Throws what load_signals
// throws.
void describe_pursuit(const Scenario& scenario, const std::string& data_path, Study& study);

// Goes on with the training that `folder` holds. `on_progress` is told the share that is done and says
// whether to go on; nothing when it was stopped.
std::optional<StudyResult> complete_pursuit(const Scenario& scenario, const RunFolder& folder,
                                            const std::string& data_path,
                                            const std::function<bool(double)>& on_progress);

}  // namespace retrograde
