"""One file, one verb, one public function."""
