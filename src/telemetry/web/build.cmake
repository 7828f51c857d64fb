# One build of the page, run by the build system: stages the sources, installs the packages that the lock file names,
# bundles, and writes what came out as a C++ file. The sources' folder is not written to.
# Tests look for it: there is a page to test.
file(REMOVE ${STAGED}/built)

foreach(part ${PARTS})
  configure_file(${SOURCES}/${part} ${STAGED}/${part} COPYONLY)
endforeach()

# Without a page isthmus still works. To try again: remove the output, or build with -DISTHMUS_WEB=ON.
function(give_up what output)
  if(WANTED STREQUAL ON)
    message(FATAL_ERROR "${what}:\n${output}")
  endif()
  message(WARNING "${what}; isthmus gets its plain page. To try again: rm ${OUTPUT}\n${output}")
  configure_file(${SOURCES}/no_files.cpp ${OUTPUT} COPYONLY)
endfunction()

function(run what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${STAGED} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    give_up("${what}" "${output}")
  endif()
  set(failed ${failed} PARENT_SCOPE)
endfunction()

# The packages stay until the lock file, or which of them are wanted, changes.
file(SHA256 ${SOURCES}/package-lock.json lock)
set(installed "")
if(EXISTS ${STAGED}/node_modules/.isthmus)
  file(READ ${STAGED}/node_modules/.isthmus installed)
endif()
if(NOT installed STREQUAL "${lock} ${PACKAGES}")
  set(only "")
  if(PACKAGES STREQUAL page)
    set(only --omit=dev)
  endif()
  # No package of ours needs its install scripts.
  run("npm cannot install the packages of the web page" ${NPM} ci --ignore-scripts ${only})
  if(failed)
    return()
  endif()
  file(WRITE ${STAGED}/node_modules/.isthmus "${lock} ${PACKAGES}")
endif()
run("Vite cannot build the web page" ${NODE} node_modules/vite/bin/vite.js build --logLevel warn)
if(failed)
  return()
endif()
run("the web page cannot be embedded" ${NODE} embed.mjs dist ${OUTPUT})
if(NOT failed)
  file(TOUCH ${STAGED}/built)
endif()
