"""Thirty people who registered and have not read their mail."""

STRANGERS = [
    "Agnes Slowcombe", "Basil Penhallow", "Clara Quill", "Dudley Wax", "Edith Inkpen",
    "Ferdinand Stamp", "Greta Postlewaite", "Horace Lick", "Imogen Parcel", "Jasper Twine",
    "Kitty Blotter", "Leopold Franking", "Mabel Enclosure", "Norbert Envelope", "Olive Postcard",
    "Percy Dawdle", "Queenie Delay", "Rupert Ribbon", "Sybil Seal", "Theodore Tarry",
    "Ursula Update", "Victor Vellum", "Winifred Wait", "Xaver Xylograph", "Yolanda Yawn",
    "Zacharias Zip", "Ambrose Address", "Beatrix Bundle", "Cuthbert Courier", "Dorothea Dovecote",
]
