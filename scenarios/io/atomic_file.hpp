// Files appear whole or not at all. What is written goes to a temporary name in the same folder, is
// flushed to the disk and then renamed over the target, so a crash or a full disk never leaves half
// a file and never costs the previous one. Reading takes a whole file, plain or gzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

// Throws IoError: "PATH: cannot ACTION: the system's reason. What to do about it."
// `error_number` is errno as the failed call left it.
[[noreturn]] void throw_io_error(const std::filesystem::path& path, std::string_view action,
                                 int error_number);

// A file being written. Without `commit` nothing ever happens to the target, and the temporary file
// is removed. A target that exists and is not a regular file (a pipe, a terminal, /dev/null) is
// written directly, and so is "-", standard output; a symbolic link is followed.
class AtomicFile {
 public:
  // Creates the temporary file; throws IoError.
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  // Appends; throws IoError. Buffered, so many small pieces are cheap.
  void write(std::string_view bytes);
  // Makes the target what was written; throws IoError, after which the target is as it was. At most
  // once.
  void commit();

 private:
  void flush();
  void close_and_remove() noexcept;

  std::filesystem::path path_;       // as the user named it, for messages
  std::filesystem::path target_;     // links resolved
  std::filesystem::path temporary_;  // empty when the target is written directly
  std::string buffer_;
  int descriptor_ = -1;
};

// AtomicFile in one call.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Throws the IoError that write_file would throw for lack of a folder, a right or room on the disk;
// leaves nothing behind. What is not a regular file is not opened: a reader might take that for the
// end.
void probe_writable(const std::filesystem::path& path);

// Keeps standard output for the file "-": what the program prints from now on goes to standard
// error. Throws IoError.
void reserve_standard_output();

// Opens a file to be read and returns its descriptor, which whoever called closes. The one place
// where inputs are opened: what is no regular file is refused, since reading a named pipe or a
// device may wait, or go on, for ever. /dev/stdin and /dev/fd/N are what the user handed over, and
// may be pipes. Throws IoError.
int open_input(const std::filesystem::path& path);

// More than any file we read is meant to hold, and less than what harms a machine.
inline constexpr std::uint64_t default_read_limit = std::uint64_t{4} << 30;

// All bytes of a file. Throws IoError, and LimitError when it is larger than `limit`.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path,
                                    std::uint64_t limit = default_read_limit);

// Its first bytes, fewer where it is shorter. Throws IoError.
std::vector<std::uint8_t> read_beginning(const std::filesystem::path& path, std::size_t count);

// All bytes of a file as text.
std::string read_text_file(const std::filesystem::path& path,
                           std::uint64_t limit = default_read_limit);

// All bytes of a file, unpacked if it starts as gzip does. Throws what read_file and gunzip throw.
std::vector<std::uint8_t> read_plain_or_gzip(const std::filesystem::path& path,
                                             std::uint64_t limit = default_read_limit);

bool is_gzip(const std::vector<std::uint8_t>& bytes);

// Unpacks gzip data; members that follow each other are joined. Throws FormatError with the number
// of unpacked bytes up to the fault when the data ends early, is damaged (checksums included) or is
// followed by something that is not gzip; LimitError when more than `limit` bytes come out. `file`
// is for messages.
std::vector<std::uint8_t> gunzip(const std::vector<std::uint8_t>& packed, const std::string& file,
                                 std::uint64_t limit = default_read_limit);

}  // namespace retrograde
