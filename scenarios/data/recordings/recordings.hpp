// Folders of recordings as they are published, recognised by the names in them:
//
//   Free Spoken Digit Dataset   DIGIT_SPEAKER_INDEX.wav, in the folder or in its recordings/. Index 0 to
//                               4 is the test part, as its README says.
//   Heidelberg digits, audio    lang-LANGUAGE_speaker-NN_trial-N_digit-N.flac, in the folder or in its
//                               audio/, with train_filenames.txt and test_filenames.txt, one name a line
//                               (hd_audio.tar.gz of the Heidelberg sets; that is how
//                               idiap/sparch reads it). English digits are classes 0 to 9, German
//                               ones 10 to 19.
//   folders as classes          CLASS/NAME.wav or .flac; a folder whose name begins with "_" or "." is
//                               no class. With testing_list.txt and validation_list.txt (CLASS/NAME
//                               a line) they say the parts, and in a name like ab12cd_nohash_0.wav the
//                               first piece is the speaker: that is how Speech Commands comes.
//
// Other layouts say no parts; whoever splits them holds samples or speakers out.
#pragma once

#include <memory>
#include <string>

#include <retrograde/scenarios/data/recordings/sound_set.hpp>

namespace retrograde {

// In the order of file names (of classes and names), which are read, and their sizes, but no file yet.
// Recordings of the folder that fit nothing are told (SoundSet::left_out). Throws IoError (no such
// folder; a file that a list names is missing), FormatError (no layout of those above, with what was
// found; a folder most of whose recordings fit nothing; a list that names what is no recording).
std::shared_ptr<const SoundSet> open_recordings(const std::string& folder);

}  // namespace retrograde
