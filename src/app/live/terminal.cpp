#include "app/live/terminal.hpp"

#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace isthmus::app {
namespace {

// Alternate screen, no cursor, no wrapping at the right edge; and back.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr std::string_view kLeave = "\033[0m\033[?7h\033[?25h\033[?1049l";

// What ends a program without its destructors.
constexpr std::array kFatal{SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

// For the handlers, which may use nothing else. Set while a Terminal lives.
volatile std::sig_atomic_t taken_over = 0;
volatile std::sig_atomic_t stale = 0;  // the screen is not what was drawn last
int terminal = -1;
termios before{};
termios during{};
std::array<struct sigaction, kFatal.size()> handlers_before{};
struct sigaction stop_before {};

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the terminal is gone, which keys() finds out
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void enter() {
  ::tcsetattr(terminal, TCSANOW, &during);
  put(kEnter);
  stale = 1;
}

void leave() {
  put(kLeave);
  ::tcsetattr(terminal, TCSANOW, &before);
}

// async-signal-safe: write, tcsetattr, sigaction, raise
void on_fatal(int signal) {
  if (taken_over != 0) leave();
  taken_over = 0;
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    if (kFatal[i] == signal) ::sigaction(signal, &handlers_before[i], nullptr);
  }
  ::raise(signal);  // comes when this handler returns
}

void on_stop(int signal) {
  const int error = errno;
  leave();
  struct sigaction ours {};
  ::sigaction(signal, &stop_before, &ours);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  sigset_t mask;
  ::kill(::getpid(), signal);
  ::sigprocmask(SIG_UNBLOCK, &only, &mask);  // sleeps here until SIGCONT
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(signal, &ours, nullptr);
  enter();
  errno = error;
}

// What whoever started us has switched off (nohup) stays so.
void take(int signal, const struct sigaction& action, struct sigaction& earlier) {
  ::sigaction(signal, nullptr, &earlier);
  if (earlier.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_fatal;
  ::sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) take(kFatal[i], action, handlers_before[i]);
  action.sa_handler = on_stop;
  take(SIGTSTP, action, stop_before);
  // Ends the wait for packets, so that a new size is drawn at once.
  action.sa_handler = [](int) {};
  ::sigaction(SIGWINCH, &action, nullptr);
}

void release_signals() {
  for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &handlers_before[i], nullptr);
  ::sigaction(SIGTSTP, &stop_before, nullptr);
  ::signal(SIGWINCH, SIG_DFL);
}

std::optional<Key> key_of(std::string_view& typed) {
  constexpr std::array<std::pair<std::string_view, Key>, 6> kSequences{{{"\033[A", Key::up},
                                                                        {"\033[B", Key::down},
                                                                        {"\033OA", Key::up},
                                                                        {"\033OB", Key::down},
                                                                        {"\033[5~", Key::page_up},
                                                                        {"\033[6~", Key::page_down}}};
  for (const auto& [sequence, key] : kSequences) {
    if (!typed.starts_with(sequence)) continue;
    typed.remove_prefix(sequence.size());
    return key;
  }
  const char typed_key = typed.front();
  typed.remove_prefix(1);
  switch (typed_key) {
    case 'q':
    case 'Q': return Key::quit;
    case 'p':
    case ' ': return Key::pause;
    case 'r': return Key::reset;
    case 'h':
    case '?': return Key::help;
    case 'd': return Key::display;
    case 'n': return Key::names;
    case 'k': return Key::up;
    case 'j': return Key::down;
    case 'b': return Key::page_up;
    case 'f': return Key::page_down;
    default: return std::nullopt;
  }
}

}  // namespace

bool is_terminal() { return ::isatty(STDOUT_FILENO) != 0; }

bool wants_color() {
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal() && (no_color == nullptr || *no_color == 0);
}

Charset charset_of_locale() {
  std::setlocale(LC_CTYPE, "");
  return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0 ? Charset::utf8 : Charset::ascii;
}

Result<void> Terminal::open(bool color, std::optional<Terminal>& terminal) {
  const auto refused = [](const std::string& why) { return Error{ErrorCode::refused, "show a live view", why}; };
  if (!is_terminal()) return refused("standard output is no terminal");
  const char* kind = std::getenv("TERM");
  if (kind == nullptr || *kind == 0 || std::string_view(kind) == "dumb") {
    return refused("this terminal moves no cursor (TERM is " + std::string(kind == nullptr ? "not set" : kind) + ")");
  }
  const int keys = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (keys < 0) return refused(std::string("there is no terminal to read keys from: ") + std::strerror(errno));
  terminal.emplace(color, keys);
  return {};
}

Terminal::Terminal(bool color, int keys) : keys_(keys), color_(color) {
  terminal = keys;
  ::tcgetattr(keys, &before);
  during = before;
  // Keys come one by one and are not shown; Ctrl-C and Ctrl-Z stay signals. Ctrl-S must not hold up the probing.
  during.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  during.c_iflag &= ~static_cast<tcflag_t>(IXON);
  during.c_cc[VMIN] = 0;
  during.c_cc[VTIME] = 0;
  catch_signals();
  taken_over = 1;
  enter();
}

Terminal::~Terminal() {
  taken_over = 0;
  leave();
  release_signals();
  ::close(keys_);
}

std::vector<Key> Terminal::keys() {
  std::vector<Key> keys;
  pollfd waiting{.fd = keys_, .events = POLLIN, .revents = 0};
  while (::poll(&waiting, 1, 0) > 0) {
    std::array<char, 64> buffer{};
    const ssize_t got = ::read(keys_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      keys.push_back(Key::quit);
      break;
    }
    std::string_view typed(buffer.data(), static_cast<std::size_t>(got));
    while (!typed.empty()) {
      if (const auto key = key_of(typed)) keys.push_back(*key);
    }
  }
  return keys;
}

ScreenSize Terminal::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
  return {.rows = window.ws_row, .columns = window.ws_col};
}

bool Terminal::is_stale() const { return stale != 0 || size() != drawn_size_; }

void Terminal::draw(const std::vector<Line>& lines) {
  const ScreenSize now = size();
  std::string text;
  if (is_stale()) {
    stale = 0;
    drawn_.clear();
    drawn_size_ = now;
    text = "\033[2J";
  }
  drawn_.resize(now.rows);
  for (std::size_t row = 0; row < now.rows; ++row) {
    std::string content = row < lines.size() ? ansi(lines[row], now.columns, color_) : "";
    if (content == drawn_[row]) continue;
    text += "\033[" + std::to_string(row + 1) + ";1H" + content + "\033[K";
    drawn_[row] = std::move(content);
  }
  put(text);
}

}  // namespace isthmus::app
