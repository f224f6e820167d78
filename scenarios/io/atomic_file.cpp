#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 16;

// "-" of the command line.
bool is_standard_output(const fs::path& path) { return path == "-"; }

// Where standard output went when it was reserved; -1: it was not.
int reserved_output = -1;

// Of a file or folder that is missing: of the file itself, or of the folder it should lie in; in
// /proc and its like nothing can be made.
std::string missing_remedy(const fs::path& path, std::string_view action) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code failed;
  if (!fs::exists(folder, failed))
    return fmt::format("there is no folder {}: check the spelling, or create it first",
                       folder.string());
  if (action == "create") return "choose another folder";
  return fmt::format("check the spelling: the folder {} has no file of this name",
                     folder == "." ? fs::current_path(failed).string() : folder.string());
}

std::string remedy(const fs::path& path, std::string_view action, int error_number) {
  switch (error_number) {
    case ENOENT:
      return missing_remedy(path, action);
    case ENOTDIR:
      return "a part of the path is a file where a folder is needed";
    case EACCES:
    case EPERM:
      return "choose a place you have the right to use, or change the permissions";
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another disk; an earlier file of this name is untouched";
    case EFBIG:
      return "raise the file size limit (ulimit -f) or choose another file system";
    case EROFS:
      return "the file system is read-only: choose another folder";
    case EISDIR:
      return "this is a folder: name a file";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case EMFILE:
    case ENFILE:
      return "too many files are open: close some, or raise the limit (ulimit -n)";
    case EIO:
      return "the disk may be failing: check it and try elsewhere";
    default:
      return "check the path and the disk, then try again";
  }
}

// Retries what a signal interrupted.
void write_all(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_io_error(path, "write", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// The new name survives a power failure only once the folder is on the disk, too. Some file systems
// cannot flush a folder; the file itself is safe by then, so that is no error.
void flush_folder(const fs::path& folder) noexcept {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void throw_io_error(const fs::path& path, std::string_view action, int error_number) {
  throw IoError(path.string(), fmt::format("cannot {}: {}; {}", action,
                                           std::generic_category().message(error_number),
                                           remedy(path, action, error_number)));
}

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(path) {
  if (is_standard_output(path)) {
    path_ = "standard output";
    descriptor_ =
        ::fcntl(reserved_output >= 0 ? reserved_output : STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (descriptor_ < 0) throw_io_error(path_, "open", errno);
    return;
  }
  // The link has to survive the rename, and it may point at a file that does not exist yet, which
  // std::filesystem::canonical cannot follow.
  std::error_code failed;
  for (int links = 0; links < 40 && fs::is_symlink(target_, failed); ++links) {
    const fs::path next = fs::read_symlink(target_, failed);
    if (failed) break;
    target_ = target_.parent_path() / next;  // an absolute `next` replaces everything before it
  }

  struct stat status {};
  const bool exists = ::stat(target_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) throw_io_error(path_, "write", EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw_io_error(path_, "open for writing", errno);
    return;
  }

  static std::atomic<unsigned> next{0};
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  for (int attempt = 0; attempt < 100; ++attempt) {
    // Short on purpose: a target whose name is as long as the file system allows still works.
    const fs::path candidate = folder / fmt::format(".retrograde-{}-{}.tmp", ::getpid(), next++);
    descriptor_ = ::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      temporary_ = candidate;
      break;
    }
    if (errno != EEXIST) throw_io_error(path_, "create", errno);
  }
  if (descriptor_ < 0) throw_io_error(path_, "create", EEXIST);
  // A file that is replaced keeps its permissions; where we may not, the new one's are fine.
  if (exists && ::fchmod(descriptor_, status.st_mode & 07777) != 0) errno = 0;
}

AtomicFile::~AtomicFile() { close_and_remove(); }

void AtomicFile::close_and_remove() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::write(std::string_view bytes) {
  if (descriptor_ < 0) throw InternalError("AtomicFile: written to after commit");
  if (buffer_.size() + bytes.size() > buffer_size) flush();
  if (bytes.size() >= buffer_size) {
    write_all(descriptor_, bytes, path_);
  } else {
    buffer_.append(bytes);
  }
}

void AtomicFile::flush() {
  write_all(descriptor_, buffer_, path_);
  buffer_.clear();
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw InternalError("AtomicFile: committed twice");
  flush();
  if (temporary_.empty()) {
    const int status = ::close(descriptor_);
    descriptor_ = -1;
    if (status != 0) throw_io_error(path_, "close", errno);
    return;
  }
  // Order matters: a rename that reaches the disk before the contents do would leave an empty file.
  if (::fsync(descriptor_) != 0) throw_io_error(path_, "flush to the disk", errno);
  const int status = ::close(descriptor_);
  descriptor_ = -1;
  if (status != 0) throw_io_error(path_, "close", errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw_io_error(path_, "replace", errno);
  temporary_.clear();
  flush_folder(target_.has_parent_path() ? target_.parent_path() : fs::path("."));
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void probe_writable(const fs::path& path) {
  std::error_code error;
  if (is_standard_output(path)) return;
  if (const fs::file_status status = fs::status(path, error);
      fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
    if (::access(path.c_str(), W_OK) != 0) throw_io_error(path, "open for writing", errno);
    return;
  }
  // As much as goes to the disk at once.
  AtomicFile(path).write(std::string(buffer_size, '\0'));
}

void reserve_standard_output() {
  if (reserved_output >= 0) return;
  std::fflush(stdout);
  reserved_output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (reserved_output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    throw_io_error("standard output", "keep", errno);
}

namespace {

// A file that was open when this program was started, by its name.
bool is_handed_over(const fs::path& path) {
  const std::string name = path.lexically_normal().string();
  return name == "/dev/stdin" || name.starts_with("/dev/fd/") || name.starts_with("/proc/self/fd/");
}

// What a file is that is neither regular nor a folder.
const char* kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "a socket";
}

}  // namespace

int open_input(const fs::path& path) {
  const bool handed_over = is_handed_over(path);
  // O_NONBLOCK: opening a pipe that nobody writes into waits for somebody.
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (handed_over ? 0 : O_NONBLOCK));
  if (descriptor < 0 && errno != ENXIO) throw_io_error(path, "read", errno);
  struct stat status {};
  const int known = descriptor < 0 ? ::stat(path.c_str(), &status) : ::fstat(descriptor, &status);
  if (known == 0 && S_ISREG(status.st_mode) && descriptor >= 0) return descriptor;
  if (known == 0 && handed_over && !S_ISDIR(status.st_mode) && descriptor >= 0) return descriptor;
  const int reason = known != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (descriptor >= 0) ::close(descriptor);
  if (reason != 0) throw_io_error(path, "read", reason);
  throw IoError(path.string(),
                fmt::format("is {}, and reading it may never end; write what it gives into a file "
                            "and name that, or hand it over as /dev/stdin",
                            kind_of(status.st_mode)));
}

namespace {

[[noreturn]] void throw_too_large(const std::string& file, std::uint64_t limit, double wanted) {
  throw LimitError(
      "file size in bytes", static_cast<double>(limit), wanted,
      fmt::format("{}: larger than the {} bytes that are read at most; check that it is "
                  "the right file, or split it",
                  file, limit));
}

// A file that is read, from its start.
class Source {
 public:
  explicit Source(const fs::path& path) : path_(path), descriptor_(open_input(path)) {
    if (::fstat(descriptor_, &status_) == 0) return;
    const int reason = errno;
    ::close(descriptor_);
    throw_io_error(path, "read", reason);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() { ::close(descriptor_); }

  // Bytes, where the file knows.
  std::optional<std::uint64_t> size() const {
    if (!S_ISREG(status_.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status_.st_size);
  }
  // Up to `count` bytes into `bytes`; 0: the end.
  std::size_t read(char* bytes, std::size_t count) {
    for (;;) {
      const ssize_t n = ::read(descriptor_, bytes, count);
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) throw_io_error(path_, "read", errno);
    }
  }

 private:
  const fs::path& path_;
  int descriptor_;
  struct stat status_ {};
};

template <typename Container>
Container read_whole(const fs::path& path, std::uint64_t limit) {
  Source source(path);
  Container bytes;
  // The size is a hint: pipes have none, and a file may grow while it is read.
  std::size_t capacity = buffer_size;
  if (const auto size = source.size()) {
    if (*size > limit) throw_too_large(path.string(), limit, static_cast<double>(*size));
    capacity = static_cast<std::size_t>(*size) + 1;
  }
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(std::max(capacity, 2 * bytes.size()));
    const std::size_t n =
        source.read(reinterpret_cast<char*>(bytes.data()) + used, bytes.size() - used);
    if (n == 0) break;
    used += n;
    if (used > limit) throw_too_large(path.string(), limit, static_cast<double>(used));
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> read_file(const fs::path& path, std::uint64_t limit) {
  return read_whole<std::vector<std::uint8_t>>(path, limit);
}

std::vector<std::uint8_t> read_beginning(const fs::path& path, std::size_t count) {
  Source source(path);
  std::vector<std::uint8_t> bytes(count);
  std::size_t used = 0;
  while (used < count) {
    const std::size_t n = source.read(reinterpret_cast<char*>(bytes.data()) + used, count - used);
    if (n == 0) break;
    used += n;
  }
  bytes.resize(used);
  return bytes;
}

std::string read_text_file(const fs::path& path, std::uint64_t limit) {
  return read_whole<std::string>(path, limit);
}

bool is_gzip(const std::vector<std::uint8_t>& bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

std::vector<std::uint8_t> gunzip(const std::vector<std::uint8_t>& packed, const std::string& file,
                                 std::uint64_t limit) {
  struct Inflater {
    z_stream stream{};
    Inflater() {
      // 16: expect a gzip header and check the checksum and the length behind the data.
      if (inflateInit2(&stream, 15 + 16) != Z_OK) throw InternalError("zlib: inflateInit2 failed");
    }
    ~Inflater() { inflateEnd(&stream); }
  } inflater;
  z_stream& stream = inflater.stream;

  // No larger than what is enough to be refused.
  const auto room = [&](std::size_t wanted) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, limit)) + 1;
  };
  std::vector<std::uint8_t> bytes(room(std::max<std::size_t>(buffer_size, 4 * packed.size())));
  std::size_t consumed = 0, produced = 0;
  constexpr std::size_t piece = std::numeric_limits<uInt>::max() / 2;
  for (;;) {
    if (produced == bytes.size()) bytes.resize(room(2 * produced));
    const auto in = static_cast<uInt>(std::min(piece, packed.size() - consumed));
    const auto out = static_cast<uInt>(std::min(piece, bytes.size() - produced));
    // zlib's interface predates const; it does not write through next_in.
    stream.next_in = const_cast<Bytef*>(packed.data() + consumed);
    stream.avail_in = in;
    stream.next_out = bytes.data() + produced;
    stream.avail_out = out;
    const int status = inflate(&stream, Z_NO_FLUSH);
    consumed += in - stream.avail_in;
    produced += out - stream.avail_out;
    if (produced > limit) throw_too_large(file, limit, static_cast<double>(produced));

    if (status == Z_STREAM_END) {
      if (consumed == packed.size()) break;
      inflateReset(&stream);  // another member follows
      continue;
    }
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_BUF_ERROR) {
      throw FormatError(file, produced,
                        fmt::format("the gzip data is damaged ({}): get the file again",
                                    stream.msg != nullptr ? stream.msg : "unknown fault"));
    }
    if (consumed == packed.size() && stream.avail_out > 0) {
      throw FormatError(file, produced, "the gzip data ends early: get the file again");
    }
  }
  bytes.resize(produced);
  return bytes;
}

std::vector<std::uint8_t> read_plain_or_gzip(const fs::path& path, std::uint64_t limit) {
  std::vector<std::uint8_t> bytes = read_file(path, limit);
  if (!is_gzip(bytes)) return bytes;
  return gunzip(bytes, path.string(), limit);
}

}  // namespace retrograde
