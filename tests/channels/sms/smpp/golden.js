// Run by tests/support/node.py: says the PDUs that npm's smpp writes, and how it reads those it is given in hexadecimal.
const smpp = require("smpp");

const written = {
  bind_transceiver: { system_id: "huiliu", password: "secret12", system_type: "VMA", sequence_number: 1 },
  enquire_link: { sequence_number: 2 },
  unbind: { sequence_number: 3 },
  submit_sm: {
    sequence_number: 4,
    source_addr_ton: 5,
    source_addr_npi: 0,
    source_addr: "HUILIU",
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: "8613800138000",
    registered_delivery: 1,
    data_coding: 8,
    short_message: Buffer.from("您好😀", "utf16le").swap16(),
  },
  deliver_sm: {
    sequence_number: 5,
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: "8613800138000",
    destination_addr: "10690000",
    esm_class: 4,
    short_message: Buffer.from("id:1 stat:DELIVRD"),
    receipted_message_id: "1A",
    message_state: 2,
  },
  data_sm: {
    sequence_number: 6,
    source_addr: "8613800138000",
    destination_addr: "10690000",
    data_coding: 0,
    message_payload: Buffer.from("hello"),
  },
  deliver_sm_resp: { sequence_number: 7 },
  generic_nack: { sequence_number: 8, command_status: 3 },
};

function plain(pdu) {
  const told = {};
  for (const [name, value] of Object.entries(pdu)) {
    const message = value && value.message !== undefined ? value.message : value;
    told[name] = Buffer.isBuffer(message) ? message.toString("hex") : message;
  }
  if (pdu.short_message && pdu.short_message.udh) told.udh = pdu.short_message.udh.map((each) => each.toString("hex"));
  return told;
}

say({
  written: Object.fromEntries(
    Object.entries(written).map(([name, fields]) => [name, new smpp.PDU(name, fields).toBuffer().toString("hex")]),
  ),
  read: given[0].map((raw) => plain(new smpp.PDU(Buffer.from(raw, "hex")))),
});
