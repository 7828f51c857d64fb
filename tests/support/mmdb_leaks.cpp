// libmaxminddb 1.7.1 keeps a few kilobytes for good when the metadata of a database is damaged in certain places. It is
// the library's, it happens once a damaged file, and LeakSanitizer need not say it again.

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libmaxminddb\n"; }
